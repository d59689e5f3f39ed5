/** The frame of a period that is sent as events: its revision, what is listed as rejected of it, its result. There is no manifest. */
import { Context } from '@temporalio/activity';
import type { Job, PartResult, PeriodPlan, PeriodResult, Window } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { type PlanInput, planParts } from '../plan-parts.ts';
import { lastRevision } from '../records/ledger.ts';
import { resolveRevisions } from '../records/rejected.ts';
import type { EventSink, SinkEvent } from './event-sink.ts';

type Dependencies = Pick<ActivityDependencies, 'source' | 'records' | 'metrics' | 'clock'>;

/** Plans a period from the beginning: what a try that failed has listed as rejected of the same revision counts no more. */
export async function planEvents(dependencies: Dependencies, input: PlanInput): Promise<PeriodPlan> {
  const { job, window } = input;
  const revision = await nextRevision(dependencies, job, window);
  // A later attempt may go on behind rows that an earlier one has settled.
  if (Context.current().info.attempt === 1) await settleRejected(dependencies, job, window, [revision, revision]);
  return planParts(dependencies, input, revision);
}

/** The revision that comes after what the ledger holds. */
export async function nextRevision({ records }: Dependencies, job: Job, window: Window): Promise<number> {
  return (await lastRevision(records, job, window)) + 1;
}

/**
 * Ends a period whose parts are all delivered. What earlier revisions had listed is settled: what is still refused was listed anew.
 * May be called again after a crash, with the same outcome.
 * @throws ExportError DestinationDenied when the vendor may have thrown away what was sent
 */
export async function commitEvents(
  dependencies: Dependencies,
  sink: Pick<EventSink<SinkEvent>, 'confirm'>,
  job: Job,
  { window, revision }: Pick<PeriodPlan, 'window' | 'revision'>,
  results: readonly PartResult[],
): Promise<PeriodResult> {
  const { metrics, clock } = dependencies;
  if (results.length > 0) await sink.confirm(Context.current().cancellationSignal);
  // Of a period without rows, nothing can be refused any more.
  const last = results.length === 0 ? Number.MAX_SAFE_INTEGER : revision - 1;
  await settleRejected(dependencies, job, window, [0, last]);
  if (window.axis === 'updated' && window.late === undefined) {
    metrics.committed({ seconds: Math.max(0, clock() - Date.parse(window.end)) / 1000 });
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
}

/** A late sweep adds to its period: what that has listed stays. */
async function settleRejected(
  { records, clock }: Dependencies,
  { projectId, integrationId }: Job,
  { axis, start: periodStart, end: periodEnd, late }: Window,
  revisions: [number, number],
): Promise<void> {
  if (late !== undefined) return;
  const period = { projectId, integrationId, axis, periodStart, periodEnd };
  await resolveRevisions(records, period, revisions, iso(clock()));
}
