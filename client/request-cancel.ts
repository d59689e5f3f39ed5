import { randomUUID } from 'node:crypto';
import { call } from './call.ts';
import type { Context } from './context.ts';

/** Asks Temporal to cancel a workflow; the client's own `cancel` cannot say who asks, and the history keeps this reason. */
export async function requestCancel(
  context: Context,
  { about, reason, ...workflowExecution }: { about: string; workflowId: string; runId?: string; reason: string },
): Promise<void> {
  const { client, namespace, timeouts } = context;
  await call(context, { about, timeout: timeouts.answer }, () =>
    client.connection.workflowService.requestCancelWorkflowExecution({
      namespace,
      workflowExecution,
      identity: client.workflow.options.identity,
      requestId: randomUUID(),
      reason,
    }),
  );
}
