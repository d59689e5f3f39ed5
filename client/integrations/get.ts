import type { IntegrationView } from '../../shared/integration-view.ts';
import * as messages from '../../workflows/messages.ts';
import { call, noWorkerNotice } from '../call.ts';
import type { Context } from '../context.ts';
import { unanswered } from '../translate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import { describe } from './describe.ts';
import type { IntegrationDetails, IntegrationId } from './types.ts';

/** See `Integrations.get`. */
export async function getIntegration(context: Context, id: IntegrationId): Promise<IntegrationDetails> {
  const { projectId, integrationId } = id;
  const only = { projectId, integrationId };
  // Side by side: the query also answers for an ended workflow, so it cannot stand alone.
  const [{ summary }, state] = await Promise.all([describe(context, only), queryState(context, only)]);
  if (typeof state === 'string') return { ...summary, workerRunning: false, notice: state };
  const status = summary.status === 'stopping' ? 'stopping' : state.status;
  const { name, destination, frequency } = state.config;
  const { exportedUpTo } = state;
  return {
    ...summary,
    ...{ name, destination: destination.kind, frequency, status },
    ...(exportedUpTo === undefined ? {} : { exportedUpTo }),
    workerRunning: true,
    state: { ...state, status },
  };
}

/** @returns the state, or in words why nobody answers for it */
async function queryState(context: Context, id: IntegrationId): Promise<IntegrationView | string> {
  const { client, timeouts } = context;
  const handle = client.workflow.getHandle(workflowIdOf(id));
  const late = async () => noWorkerNotice(context, timeouts.query);
  return await call<IntegrationView | string>(
    context,
    { about: aboutOf(id), timeout: timeouts.query, late },
    async () => {
      try {
        return await handle.query(messages.state);
      } catch (error) {
        const reason = unanswered(error);
        if (reason === undefined) throw error;
        return `No worker answers for it on task queue "${context.taskQueue}" (${reason}): start one, or see in the logs of those that run why they do not answer.`;
      }
    },
  );
}
