import { Context } from '@temporalio/activity';
import type { Activities, ProbeStep } from '../shared/activities.ts';
import { claim } from './claim-destination.ts';
import { type ActivityDependencies, withStore } from './dependencies.ts';
import { ExportError } from './export-error.ts';
import { describeFailure } from './failures.ts';
import { selectionsOf } from './selection.ts';

/** Whether an export would work now: for a blocked integration, and for the button "test connection". */
export function probeActivities(
  dependencies: Pick<ActivityDependencies, 'source' | 'openStore' | 'installationId' | 'clock'>,
): Pick<Activities, 'probe' | 'testDestination'> {
  const { source, clock } = dependencies;
  return {
    async probe({ job }) {
      for (const selection of selectionsOf(job)) await source.probe(selection);
      await withStore(dependencies, job, async (store) => {
        const failure = (await store.test()).find((step) => !step.ok)?.failure;
        if (failure !== undefined) throw new ExportError(failure.type, failure.message, failure.remedy);
        await claim(dependencies, store, job);
      });
    },
    async testDestination(owner): Promise<ProbeStep[]> {
      const begun = clock();
      try {
        return await withStore(dependencies, owner, (store) => store.test());
      } catch (error) {
        // A destination that cannot even be opened (a forbidden address, a secret that does not open) is an answer, not a fault of ours.
        const failure = describeFailure(error, Context.current().log);
        return [{ step: 'resolve', ok: false, failure, milliseconds: clock() - begun }];
      }
    },
  };
}
