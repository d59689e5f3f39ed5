import type { Job } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { claimFolder } from '../destinations/owner-marker.ts';
import { fileDestination } from './file-destination.ts';

/**
 * Marks the integration's folder as ours.
 * @throws ExportError ConfigInvalid when it belongs to another installation
 */
export function claim(
  { installationId: installation, clock }: Pick<ActivityDependencies, 'installationId' | 'clock'>,
  store: ObjectStore,
  { projectId, integrationId, config }: Job,
): Promise<void> {
  const owner = { projectId, integrationId, installation };
  return claimFolder(store, { prefix: fileDestination(config).prefix, owner, at: iso(clock()) });
}
