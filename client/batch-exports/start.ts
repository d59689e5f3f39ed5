import { randomUUID } from 'node:crypto';
import { type SearchAttributePair, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { type BatchExportJob, batchExportWorkflowId } from '../../shared/batch-export.ts';
import { batchExportMemo, batchExportName } from '../../shared/batch-export-memo.ts';
import type { DownloadStorage } from '../../shared/download-storage.ts';
import { exportProject, exportStatus } from '../../shared/search-attributes.ts';
import type { batchExport } from '../../workflows/batch-export.ts';
import { call } from '../call.ts';
import { staticSummary } from '../static-summary.ts';
import { aboutOf } from './about.ts';
import type { BatchExportContext } from './deleted.ts';
import { describe } from './describe.ts';
import type { StartedBatchExport } from './types.ts';

/** Starts an export unless one of its id is under way or has its file. Needs no worker. */
export async function start(
  context: BatchExportContext,
  job: BatchExportJob,
  { expirationHours }: DownloadStorage,
): Promise<StartedBatchExport> {
  const { client, taskQueue, timeouts } = context;
  const { projectId, exportId, request } = job;
  const workflowId = batchExportWorkflowId(job);
  const ours = randomUUID();
  const typedSearchAttributes: SearchAttributePair[] = [
    { key: exportProject, value: projectId },
    { key: exportStatus, value: 'QUEUED' },
  ];
  await call(context, { about: aboutOf(job), timeout: timeouts.answer }, () =>
    client.workflow.start<typeof batchExport>('batchExport', {
      workflowId,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      taskQueue,
      // Somebody is waiting; the fairness key keeps one busy project from starving the others.
      priority: { priorityKey: 1, fairnessKey: projectId },
      typedSearchAttributes,
      memo: { ...batchExportMemo({ job, status: 'QUEUED' }), request: ours },
      staticSummary: staticSummary(`${request.source} as ${request.format}: ${batchExportName(job)}`),
      args: [{ job, keepHours: expirationHours }],
    }),
  );
  const { hidden } = await describe(context, job);
  return { exportId, workflowId, created: hidden.request === ours };
}
