import { z } from 'zod';
import { call } from '../call.ts';
import { NotFound, Refused } from '../errors.ts';
import type { Asking } from '../integrations/types.ts';
import { actorSchema, parse } from '../validate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import type { BatchExportContext } from './deleted.ts';
import { type Described, describe } from './describe.ts';
import { cancelAndWait } from './end.ts';
import type { BatchExportId, DeleteBatchExportResult } from './types.ts';

/** See `BatchExports.delete`. */
export async function deleteBatchExport(
  context: BatchExportContext,
  input: BatchExportId & Asking,
): Promise<DeleteBatchExportResult> {
  workflowIdOf(input);
  const { actor } = parse(z.object({ actor: actorSchema }), input);
  const described = await describe(context, input);
  if (described.open) {
    const notice = await ended(context, described, actor);
    if (notice !== undefined) return { deleted: false, notice: `${notice} Delete it again then.` };
  }
  await forget(context, input, described.summary.runId);
  return { deleted: true };
}

/**
 * Ends a run. One that fails while it is being cancelled has ended all the same.
 * @returns why it has not ended yet
 * @throws Refused when the file could not be removed: the export must stay for people to see it
 */
async function ended(context: BatchExportContext, described: Described, actor: string): Promise<string | undefined> {
  try {
    return await cancelAndWait(context, described, `Deleted by ${actor}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { summary } = await describe(context, described.summary);
    if (summary.status === 'EXPIRED') throw error;
    return undefined;
  }
}

/** Deletes the newest run and those that it was a retry of, which lists would show again. */
async function forget(context: BatchExportContext, id: BatchExportId, runId: string): Promise<void> {
  const { client, namespace, timeouts } = context;
  const workflowId = workflowIdOf(id);
  const options = { about: aboutOf(id), timeout: timeouts.answer };
  const runs = await call(context, options, async () => {
    const found = new Set([runId]);
    // Not one that has just been made anew under this id.
    const query = `WorkflowId = '${workflowId}' AND ExecutionStatus != 'Running'`;
    for await (const run of client.workflow.list({ query })) found.add(run.runId);
    return found;
  });
  for (const each of runs) {
    const execution = { namespace, workflowExecution: { workflowId, runId: each } };
    const remove = () => client.connection.workflowService.deleteWorkflowExecution(execution);
    await call(context, options, remove).catch(ignoreGone);
    context.deleted.add(each);
  }
}

function ignoreGone(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
}
