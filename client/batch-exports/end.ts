import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { call } from '../call.ts';
import type { Context } from '../context.ts';
import { requestCancel } from '../request-cancel.ts';
import { aboutOf } from './about.ts';
import type { Described } from './describe.ts';

/**
 * Cancels a run and waits until it has ended: what is running stops, and a file is removed.
 * @param why stands in its history
 * @returns why it has not ended yet, undefined once it has
 * @throws Refused when it ended with a failure of its own
 */
export async function cancelAndWait(
  context: Context,
  { summary, cancelling }: Described,
  why: string,
): Promise<string | undefined> {
  const { workflowId, runId } = summary;
  const about = aboutOf(summary);
  if (!cancelling) await requestCancel(context, { about, workflowId, runId, reason: why });
  return await untilEnded(context, { summary });
}

/** Waits until a run has ended; see `cancelAndWait`. */
export async function untilEnded(
  context: Context,
  { summary }: Pick<Described, 'summary'>,
): Promise<string | undefined> {
  const { client, taskQueue, timeouts } = context;
  const { workflowId, runId } = summary;
  const about = aboutOf(summary);
  const late = async () =>
    `${about} is ending: it has ended when running work has stopped. If it stays, see whether a worker runs on task queue "${taskQueue}".`;
  return await call<string | undefined>(context, { about, timeout: timeouts.close, late }, async () => {
    try {
      await client.workflow.getHandle(workflowId, runId).result();
    } catch (error) {
      const cancelled = error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
      if (!cancelled) throw error;
    }
    return undefined;
  });
}
