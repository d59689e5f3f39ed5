import { call } from '../call.ts';
import type { Context } from '../context.ts';
import { notFound } from '../translate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import { summaryOf } from './summary.ts';
import type { IntegrationId, IntegrationSummary } from './types.ts';

/**
 * What Temporal itself knows of a running integration; needs no worker.
 * @returns the summary, and which call started it
 * @throws NotFound also for one that has ended, Unavailable
 */
export async function describe(
  context: Context,
  id: IntegrationId,
): Promise<{ summary: IntegrationSummary; request: string }> {
  const about = aboutOf(id);
  const handle = context.client.workflow.getHandle(workflowIdOf(id));
  const { status, raw } = await call(context, { about, timeout: context.timeouts.answer }, () => handle.describe());
  if (status.name !== 'RUNNING') throw notFound(about);
  const { request, ...summary } = summaryOf(id, raw.workflowExecutionInfo ?? {});
  if (raw.workflowExtendedInfo?.cancelRequested) summary.status = 'stopping';
  return { summary, request };
}
