import type { Activities } from '../../shared/activities.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { listRejected } from '../records/rejected.ts';
import { replayRejectedActivity } from './replay-rejected.ts';

/** What can be done about rows that a vendor refused. */
export function rejectedActivities(
  dependencies: ActivityDependencies,
): Pick<Activities, 'listRejected' | 'replayRejected'> {
  return {
    listRejected: ({ projectId, integrationId, ...options }) =>
      listRejected(dependencies.records, { projectId, integrationId }, options),
    ...replayRejectedActivity(dependencies),
  };
}
