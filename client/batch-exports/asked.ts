import { z } from 'zod';
import { type BatchExportRequest, batchExportRequestSchema } from '../../shared/batch-export.ts';
import { call } from '../call.ts';
import type { Context } from '../context.ts';
import { contentOf } from '../stored.ts';
import { aboutOf } from './about.ts';
import type { BatchExportSummary } from './types.ts';

const startSchema = z.object({ job: z.object({ request: batchExportRequestSchema }) });

/** What a run was asked to export, out of its history: needs no worker. Undefined when another version made it. */
export async function askedOf(context: Context, summary: BatchExportSummary): Promise<BatchExportRequest | undefined> {
  const { client, namespace, timeouts } = context;
  const { workflowId, runId } = summary;
  const { history } = await call(context, { about: aboutOf(summary), timeout: timeouts.answer }, () =>
    client.connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input;
  return startSchema.safeParse(contentOf(input?.payloads?.[0])).data?.job.request;
}
