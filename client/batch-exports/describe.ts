import type { WorkflowExecutionDescription } from '@temporalio/client';
import { call } from '../call.ts';
import { notFound } from '../translate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import type { BatchExportContext } from './deleted.ts';
import { type Hidden, isOpen, summaryOf } from './summary.ts';
import type { BatchExportId, BatchExportSummary } from './types.ts';

/** What Temporal itself knows of the newest run of an export; needs no worker. */
export interface Described {
  summary: BatchExportSummary;
  hidden: Hidden;
  /** The workflow runs: also while a COMPLETED export waits for its end. */
  open: boolean;
  /** Cancellation was asked for, and it has not ended yet. */
  cancelling: boolean;
  raw: WorkflowExecutionDescription['raw'];
}

/** @throws NotFound, Unavailable */
export async function describe(context: BatchExportContext, id: BatchExportId): Promise<Described> {
  const handle = context.client.workflow.getHandle(workflowIdOf(id));
  const { raw } = await call(context, { about: aboutOf(id), timeout: context.timeouts.answer }, () =>
    handle.describe(),
  );
  const info = raw.workflowExecutionInfo ?? {};
  const open = isOpen(info.status);
  const known = summaryOf(id, info);
  if (context.deleted.has(known.summary.runId)) throw notFound(aboutOf(id));
  return {
    ...known,
    open,
    cancelling: open && raw.workflowExtendedInfo?.cancelRequested === true,
    raw,
  };
}
