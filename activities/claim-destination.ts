import type { Activities, Job } from '../shared/activities.ts';
import { iso } from '../shared/period.ts';
import { type ActivityDependencies, withStore } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { claimFolder } from './destinations/owner-marker.ts';
import { fileDestination } from './file-destination.ts';

type Dependencies = Pick<ActivityDependencies, 'openStore' | 'installationId' | 'clock'>;

/** Marks the integration's folder as ours, before anything else is written there. */
export function claimDestinationActivity(dependencies: Dependencies): Pick<Activities, 'claimDestination'> {
  return {
    claimDestination: ({ job }) => withStore(dependencies, job, (store) => claim(dependencies, store, job)),
  };
}

/** @throws ExportError ConfigInvalid when the folder belongs to another installation */
export function claim(
  { installationId: installation, clock }: Pick<Dependencies, 'installationId' | 'clock'>,
  store: ObjectStore,
  { projectId, integrationId, config }: Job,
): Promise<void> {
  const owner = { projectId, integrationId, installation };
  return claimFolder(store, { prefix: fileDestination(config).prefix, owner, at: iso(clock()) });
}
