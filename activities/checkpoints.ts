import type { Activities } from '../shared/activities.ts';
import { secretsOf } from '../shared/config/secrets.ts';
import { isSealed } from '../shared/sealed-form.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { insertCheckpoint, newestCheckpoint } from './records/checkpoints.ts';

type Checkpoints = Pick<Activities, 'saveCheckpoint' | 'loadCheckpoint'>;

/** The integration's state outside Temporal, sealed for this integration alone. */
export function checkpointActivities({
  records,
  sealer,
  clock,
}: Pick<ActivityDependencies, 'records' | 'sealer' | 'clock'>): Checkpoints {
  return {
    async saveCheckpoint({ projectId, integrationId, state }) {
      const scope = { projectId, integrationId };
      await insertCheckpoint(records, scope, sealer.seal(JSON.stringify(state), scope), clock());
      const outdated = [...secretsOf(state.config).values()].filter(
        (secret) => isSealed(secret) && sealer.isOutdated(secret),
      );
      return { resealed: outdated.map((secret) => [secret, sealer.seal(sealer.open(secret, scope), scope)]) };
    },
    /** Undefined when there is no checkpoint. */
    async loadCheckpoint({ projectId, integrationId }) {
      const scope = { projectId, integrationId };
      const sealed = await newestCheckpoint(records, scope);
      return sealed === undefined ? undefined : JSON.parse(sealer.open(sealed, scope));
    },
  };
}
