import type { DestinationActivities } from '../by-destination.ts';
import { type ActivityDependencies, withSink } from '../dependencies.ts';
import { assertPassed, probeSource, stepsOf } from '../probe.ts';
import { exportSmall } from '../small-period.ts';
import { plannedCount, streaming } from '../streaming.ts';
import { deliverEvents } from './deliver-events.ts';
import { commitEvents, nextRevision, planEvents } from './event-period.ts';

/**
 * The activities of periods whose rows are sent as events. There is no bucket: what is delivered stands in the ledger, what was refused in
 * `rejected_events`, and the vendor itself knows by its ids what it has already.
 */
export function eventActivities(dependencies: ActivityDependencies): DestinationActivities {
  return {
    planPeriod: (input) => planEvents(dependencies, input),
    exportPart: ({ job, plan, part }) =>
      withSink(dependencies, job, (sink) =>
        streaming(dependencies, undefined, (progress) =>
          deliverEvents(dependencies, { job, plan, part, sink, progress, ...plannedCount(part) }),
        ),
      ),
    exportSmallPeriod: ({ job, window, targetPartBytes }) =>
      withSink(dependencies, job, (sink) =>
        streaming(dependencies, undefined, async (progress) => {
          const plan = await planEvents(dependencies, { job, window, targetPartBytes });
          return exportSmall({
            plan,
            sources: job.config.sources,
            deliver: (part, counted) => deliverEvents(dependencies, { job, plan, part, sink, progress, counted }),
            commit: (results) => commitEvents(dependencies, sink, job, plan, results),
          });
        }),
      ),
    commitPeriod: ({ job, plan, results }) =>
      withSink(dependencies, job, (sink) => commitEvents(dependencies, sink, job, plan, results)),
    commitEmptyRun: ({ job, window }) =>
      withSink(dependencies, job, async (sink) => {
        const revision = await nextRevision(dependencies, job, window);
        return commitEvents(dependencies, sink, job, { window, revision }, []);
      }),
    // What a vendor has accepted cannot be taken back, and nothing of ours lies there.
    discardParts: async () => undefined,
    removeSuperseded: async () => ({ removed: 0, waiting: 0 }),
    claimDestination: ({ job }) => withSink(dependencies, job, async (sink) => assertPassed(await sink.test())),
    async probe({ job }) {
      await probeSource(dependencies.source, job);
      await withSink(dependencies, job, async (sink) => assertPassed(await sink.test()));
    },
    testDestination: (owner) => stepsOf(dependencies.clock, () => withSink(dependencies, owner, (sink) => sink.test())),
  };
}
