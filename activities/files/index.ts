/** The activities of periods whose rows become files with a manifest. */
import type { DestinationActivities } from '../by-destination.ts';
import { type ActivityDependencies, withStore } from '../dependencies.ts';
import { planParts } from '../plan-parts.ts';
import { assertPassed, probeSource, stepsOf } from '../probe.ts';
import { plannedCount, streaming } from '../streaming.ts';
import { claim } from './claim-destination.ts';
import { commitActivities } from './commit-period.ts';
import { deliverPart } from './deliver-part.ts';
import { discardPartsActivity } from './discard-parts.ts';
import { exportSmallPeriodActivity } from './export-small-period.ts';
import { manifestKeyOf, nextRevision, readManifest } from './manifests.ts';
import { removeSupersededActivity } from './superseded.ts';

export function fileActivities(dependencies: ActivityDependencies): DestinationActivities {
  const { source, clock } = dependencies;
  return {
    planPeriod: (input) =>
      withStore(dependencies, input.job, async (store) => {
        const present = await readManifest(store, manifestKeyOf(input.job, input.window));
        return planParts(dependencies, input, nextRevision(present));
      }),
    exportPart: ({ job, plan, part, leftover = [] }) =>
      withStore(dependencies, job, (store) =>
        streaming(dependencies, store, (progress) =>
          deliverPart(dependencies, { job, plan, part, store, progress, leftover, ...plannedCount(part) }),
        ),
      ),
    ...exportSmallPeriodActivity(dependencies),
    ...commitActivities(dependencies),
    ...discardPartsActivity(dependencies),
    ...removeSupersededActivity(dependencies),
    // The folder is marked as ours before anything else is written there.
    claimDestination: ({ job }) => withStore(dependencies, job, (store) => claim(dependencies, store, job)),
    async probe({ job }) {
      await probeSource(source, job);
      await withStore(dependencies, job, async (store) => {
        assertPassed(await store.test());
        await claim(dependencies, store, job);
      });
    },
    testDestination: (owner) => stepsOf(clock, () => withStore(dependencies, owner, (store) => store.test())),
  };
}
