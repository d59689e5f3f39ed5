import type { UpdateDefinition } from '@temporalio/common';
import { call, noWorker } from '../call.ts';
import type { Context } from '../context.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import { describe } from './describe.ts';
import type { IntegrationId } from './types.ts';

/**
 * Sends an update to a running integration and waits until it is done.
 * @throws NotFound, Refused, NoWorker, Unavailable
 */
export async function ask<Result, Message>(
  context: Context,
  id: IntegrationId,
  update: UpdateDefinition<Result, [Message]>,
  message: Message,
): Promise<Result> {
  const about = aboutOf(id);
  const handle = context.client.workflow.getHandle(workflowIdOf(id));
  const late = async (): Promise<never> => {
    // Tells a missing worker from a server that does not answer.
    await describe(context, id);
    throw noWorker(context, `${about} was not changed, as far as is known.`);
  };
  return await call(context, { about, timeout: context.timeouts.answer, late }, () =>
    handle.executeUpdate(update, { args: [message] }),
  );
}
