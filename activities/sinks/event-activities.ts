import type { Job, PartResult, PeriodPlan, PeriodResult } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import type { DestinationActivities } from '../by-destination.ts';
import { type ActivityDependencies, withSink } from '../dependencies.ts';
import { ExportError } from '../export-error.ts';
import { plannedCount, streaming } from '../export-part.ts';
import { isSmall } from '../export-small-period.ts';
import { planParts } from '../plan-period.ts';
import { assertPassed, probeSource, stepsOf } from '../probe.ts';
import { lastRevision } from '../records/ledger.ts';
import { resolveEarlierRevisions } from '../records/rejected.ts';
import { deliverEvents } from './deliver-events.ts';

/**
 * The activities of periods whose rows are sent as events. There is no bucket: what is delivered stands in the ledger, what was refused in
 * `rejected_events`, and the vendor itself knows by its ids what it has already.
 */
export function eventActivities(dependencies: ActivityDependencies): DestinationActivities {
  const { source, records, metrics, clock } = dependencies;
  const nextRevision = async (job: Job, window: PeriodPlan['window']) => (await lastRevision(records, job, window)) + 1;
  const assertUsable = async (job: Job) => withSink(dependencies, job, async (sink) => assertPassed(await sink.test()));

  /** May be called again after a crash, with the same outcome. */
  const commit = async (
    job: Job,
    { window, revision }: Pick<PeriodPlan, 'window' | 'revision'>,
    results: readonly PartResult[],
  ): Promise<PeriodResult> => {
    const { axis, start: periodStart, end: periodEnd } = window;
    const { projectId, integrationId } = job;
    const now = clock();
    if (window.late === undefined) {
      const period = { projectId, integrationId, axis, periodStart, periodEnd };
      // Of a period without rows, nothing can be refused any more.
      const upTo = results.length === 0 ? Number.MAX_SAFE_INTEGER : revision;
      await resolveEarlierRevisions(records, period, upTo, iso(now));
    }
    if (axis === 'updated' && window.late === undefined) {
      metrics.committed({ seconds: Math.max(0, now - Date.parse(periodEnd)) / 1000 });
    }
    const sum = (of: (result: PartResult) => number) => results.reduce((total, result) => total + of(result), 0);
    const bytes = sum((result) => result.bytes);
    return {
      window,
      revision,
      rows: sum((result) => result.rows),
      bytes,
      uncompressedBytes: bytes,
      files: 0,
      rejected: sum((result) => result.rejected ?? 0),
      manifestKey: '',
    };
  };

  return {
    planPeriod: async (input) => planParts(dependencies, input, await nextRevision(input.job, input.window)),
    exportPart: ({ job, plan, part }) =>
      withSink(dependencies, job, (sink) =>
        streaming(dependencies, undefined, (progress) =>
          deliverEvents(dependencies, { job, plan, part, sink, progress, ...plannedCount(part) }),
        ),
      ),
    exportSmallPeriod: ({ job, window, targetPartBytes }) =>
      withSink(dependencies, job, (sink) =>
        streaming(dependencies, undefined, async (progress) => {
          const plan = await planParts(dependencies, { job, window, targetPartBytes }, await nextRevision(job, window));
          if (!isSmall(plan, job.config.sources.length)) return { kind: 'planned', plan };
          const results: PartResult[] = [];
          for (const part of plan.parts) {
            try {
              const counted = { rows: part.rows };
              results.push(await deliverEvents(dependencies, { job, plan, part, sink, progress, counted }));
            } catch (error) {
              if (error instanceof ExportError && error.type === 'SourceTooLarge') return { kind: 'planned', plan };
              throw error;
            }
          }
          return { kind: 'committed', result: await commit(job, plan, results) };
        }),
      ),
    commitPeriod: ({ job, plan, results }) => commit(job, plan, results),
    commitEmptyRun: async ({ job, window }) => commit(job, { window, revision: await nextRevision(job, window) }, []),
    // What a vendor has accepted cannot be taken back, and nothing of ours lies there.
    discardParts: async () => undefined,
    removeSuperseded: async () => ({ removed: 0, waiting: 0 }),
    claimDestination: ({ job }) => assertUsable(job),
    async probe({ job }) {
      await probeSource(source, job);
      await assertUsable(job);
    },
    testDestination: (owner) => stepsOf(clock, () => withSink(dependencies, owner, (sink) => sink.test())),
  };
}
