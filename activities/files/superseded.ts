import { Context } from '@temporalio/activity';
import type { Activities } from '../../shared/activities.ts';
import { DAY } from '../../shared/period.ts';
import { type ActivityDependencies, withStore } from '../dependencies.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { countSuperseded, dueSuperseded, insertSuperseded, type SupersededObject } from '../records/superseded.ts';
import { fileDestination } from './file-destination.ts';
import { readManifest } from './manifests.ts';
import { placeOf } from './place.ts';

/** Objects looked at in one go. */
const BATCH = 500;
/** No further batch is begun after this, so that the activity ends well within its minute. */
const BUSY_MS = 30_000;

/**
 * Removes objects that were replaced more than a day ago, by recorded name. The present manifest is asked first: what it names stays,
 * whatever was recorded (a commit that died between its record and its manifest), and is looked at again in a day.
 */
export function removeSupersededActivity(
  dependencies: Pick<ActivityDependencies, 'openStore' | 'records' | 'clock'>,
): Pick<Activities, 'removeSuperseded'> {
  const { records, clock } = dependencies;
  return {
    async removeSuperseded({ job }) {
      const { projectId, integrationId, config } = job;
      const scope = { projectId, integrationId, place: placeOf(fileDestination(config)) };
      const begun = clock();
      let removed = 0;
      await withStore(dependencies, job, async (store) => {
        for (;;) {
          const due = await dueSuperseded(records, scope, clock(), BATCH);
          if (due.length === 0) break;
          const { free, named } = await sortByManifest(store, due);
          await store.remove(free.map(({ key }) => key));
          const now = clock();
          await insertSuperseded(records, scope, free, { now, removeAfter: now, removedAt: now });
          await insertSuperseded(records, scope, named, { now, removeAfter: now + DAY });
          removed += free.length;
          if (due.length < BATCH || now - begun > BUSY_MS) break;
          Context.current().cancellationSignal.throwIfAborted();
        }
      });
      return { removed, waiting: await countSuperseded(records, scope) };
    },
  };
}

/** Which objects the present manifests still name, and which not. */
async function sortByManifest(
  store: ObjectStore,
  objects: readonly SupersededObject[],
): Promise<{ free: SupersededObject[]; named: SupersededObject[] }> {
  const free: SupersededObject[] = [];
  const named: SupersededObject[] = [];
  for (const [manifestKey, group] of Map.groupBy(objects, (object) => object.manifestKey)) {
    const present = await readManifest(store, manifestKey);
    const keys = new Set(present?.files.map((file) => file.key));
    for (const object of group) (keys.has(object.key) ? named : free).push(object);
  }
  return { free, named };
}
