import type { Activities } from '../../shared/activities.ts';
import { type ActivityDependencies, withStore } from '../dependencies.ts';
import { manifestKeyOf, readManifest } from './manifests.ts';
import { possibleKeys } from './part-key.ts';

/** Removes what an attempt wrote that will not be committed. */
export function discardPartsActivity(
  dependencies: Pick<ActivityDependencies, 'openStore'>,
): Pick<Activities, 'discardParts'> {
  return {
    discardParts: ({ job, plan, parts }) =>
      withStore(dependencies, job, async (store) => {
        if (parts.length === 0) return;
        // A commit whose answer was lost may have put its manifest: what it names is delivered.
        const present = await readManifest(store, manifestKeyOf(job, plan.window));
        const named = new Set(present?.files.map((file) => file.key));
        const keys = parts.flatMap((part) => possibleKeys(job, plan, part)).filter((key) => !named.has(key));
        if (keys.length > 0) await store.remove(keys);
      }),
  };
}
