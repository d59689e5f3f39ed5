import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { z } from 'zod';
import { call } from '../call.ts';
import type { Context } from '../context.ts';
import { requestCancel } from '../request-cancel.ts';
import { actorSchema, parse } from '../validate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import { describe } from './describe.ts';
import type { Asking, DeleteResult, IntegrationId } from './types.ts';

/** See `Integrations.delete`. */
export async function deleteIntegration(context: Context, input: IntegrationId & Asking): Promise<DeleteResult> {
  const { client, taskQueue, timeouts } = context;
  const about = aboutOf(input);
  const workflowId = workflowIdOf(input);
  const { actor } = parse(z.object({ actor: actorSchema }), input);
  const { summary } = await describe(context, input);
  if (summary.status !== 'stopping') {
    await requestCancel(context, { about, workflowId, reason: `Deleted by ${actor}` });
  }
  const late = async (): Promise<DeleteResult> => ({
    deleted: false,
    notice: `${about} is being deleted: it ends when the periods that are running have stopped. If it stays, see whether a worker runs on task queue "${taskQueue}".`,
  });
  return await call<DeleteResult>(context, { about, timeout: timeouts.close, late }, async () => {
    try {
      await client.workflow.getHandle(workflowId).result();
    } catch (error) {
      const ended = error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
      if (!ended) throw error;
    }
    return { deleted: true };
  });
}
