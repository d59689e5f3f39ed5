import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { PeriodResult } from '../../shared/activities.ts';
import { segmentAt } from '../../shared/grid.ts';
import { hasTooManyHoles, KEPT_PERIODS, pauseAfter } from '../../shared/integration-state.ts';
import { periodWorkflowId } from '../../shared/names.ts';
import { smallPeriodParts } from '../../shared/parts.ts';
import { DAY, HOUR, iso, SECOND, stepsOf } from '../../shared/period.ts';
import { isDoneAgain, type TrackState, type WorkItem, windowOf } from '../../shared/track.ts';
import { priorityOf, small } from '../activity-options.ts';
import { exportPeriod } from '../export-period.ts';
import { type FailureDetails, failureOf } from '../failure-of.ts';
import { block, type Entity, jobOf, noteFailure } from './entity.ts';
import { restoreTarget, shrinkTarget, targetPartBytes } from './part-size.ts';

const LIVE_PRIORITY = 3;
const BACKFILL_PRIORITY = 4;
/** A child of an earlier life of this integration is still at work on the period. */
const STILL_RUNNING_PAUSE = 10 * SECOND;

/** Exports one piece of work and records what became of it. Never throws: a failure is a hole. */
export async function work(entity: Entity, item: WorkItem): Promise<void> {
  const window = entity.schedule.window(item.track);
  const { track } = window;
  const { configVersion } = entity.state;
  const started = Date.now();
  try {
    const result = item.rows === 0 ? await commitEmptyRun(entity, track, item) : await runChild(entity, track, item);
    window.done(item, result.rows);
    recordDone(entity, item, result, started);
  } catch (error) {
    // A configuration that was replaced meanwhile: its failure says nothing about the present one.
    if (isCancellation(error) || entity.state.configVersion !== configVersion) {
      const { attempts } = item;
      // A small put that was cut off at the last moment may have arrived.
      const leftover = [...new Set([...item.leftover, ...smallPeriodParts(entity.state.config.sources)])];
      window.failed(item, { attempts, nextTry: Date.now(), error: 'cancelled', leftover });
    } else if (error instanceof WorkflowExecutionAlreadyStartedError) {
      const { attempts, leftover } = item;
      window.failed(item, { attempts, nextTry: Date.now() + STILL_RUNNING_PAUSE, error: 'still running', leftover });
    } else {
      recordFailure(entity, item, failureOf(error), started);
    }
  }
  entity.wake();
}

function commitEmptyRun(entity: Entity, track: TrackState, item: WorkItem): Promise<PeriodResult> {
  const job = jobOf(entity);
  const { activityAttempts: attempts } = job.config.tuning;
  const control = small({
    attempts,
    priority: priorityOf(job.projectId, priorityKeyOf(track)),
    startToClose: '15 minutes',
  });
  const run = { job, window: windowOf(track, item), periods: item.periods };
  if (!isDoneAgain(track, item.start)) return control.commitEmptyRun(run);
  const { anchor: anchorMs, length: lengthMs } = stepsOf(segmentAt(track.grid, item.start).segment.cadence);
  return control.commitEmptyRun({ ...run, formerly: { anchorMs, lengthMs } });
}

/** The child keeps the configuration that it begins with. */
function runChild(entity: Entity, track: TrackState, item: WorkItem): Promise<PeriodResult> {
  const job = jobOf(entity);
  const window = windowOf(track, item);
  const priority = priorityKeyOf(track);
  return executeChild(exportPeriod, {
    workflowId: periodWorkflowId(job, window),
    args: [
      {
        job,
        window,
        expectedRows: item.rows,
        targetPartBytes: targetPartBytes(entity.state),
        leftover: item.leftover,
        priority,
      },
    ],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: priorityOf(job.projectId, priority),
    staticSummary: `${window.axis} ${window.start} – ${window.end}${window.late === undefined ? '' : ' (late rows)'}, about ${item.rows} rows`,
  });
}

function priorityKeyOf(track: TrackState): number {
  return track.purpose === 'live' ? LIVE_PRIORITY : BACKFILL_PRIORITY;
}

function recordDone(entity: Entity, item: WorkItem, result: PeriodResult, started: number): void {
  const { state } = entity;
  const { totals } = state;
  totals.periods += item.periods;
  if (result.rows === 0) totals.emptyPeriods += item.periods;
  totals.rows += result.rows;
  totals.bytes += result.bytes;
  totals.uncompressedBytes += result.uncompressedBytes;
  totals.files += result.files;
  totals.rejected += result.rejected;
  if (result.tooLargeBytes === undefined) restoreTarget(state);
  else shrinkTarget(state, result.tooLargeBytes);
  if (result.revision > 1) state.removeSupersededAt ??= Date.now() + DAY + HOUR;
  remember(
    entity,
    item,
    { status: 'done', rows: result.rows, bytes: result.bytes, attempts: item.attempts + 1 },
    started,
    result,
  );
}

function recordFailure(entity: Entity, item: WorkItem, failure: FailureDetails, started: number): void {
  const { state } = entity;
  const attempts = item.attempts + 1;
  if (failure.tooLargeBytes !== undefined) shrinkTarget(state, failure.tooLargeBytes);
  entity.schedule.window(item.track).failed(item, {
    attempts,
    nextTry: Date.now() + pauseAfter(attempts, state.config),
    error: `${failure.type}: ${failure.message}`,
    leftover: failure.leftover ?? item.leftover,
  });
  remember(entity, item, { status: 'failed', rows: 0, bytes: 0, attempts }, started, undefined, failure);
  noteFailure(entity, failure);
  if (hasTooManyHoles(state.tracks)) block(entity, failure);
}

/** For the workflow's own view and for the ledger. */
function remember(
  entity: Entity,
  item: WorkItem,
  outcome: { status: 'done' | 'failed'; rows: number; bytes: number; attempts: number },
  started: number,
  result: PeriodResult | undefined,
  failure?: FailureDetails,
): void {
  const { projectId, integrationId, state } = entity;
  const { track } = entity.schedule.window(item.track);
  const now = Date.now();
  state.lastPeriods = [
    { axis: track.axis, start: item.start, end: item.end, at: now, ...outcome },
    ...state.lastPeriods,
  ].slice(0, KEPT_PERIODS);
  state.ledger.push({
    projectId,
    integrationId,
    configVersion: state.configVersion,
    axis: track.axis,
    start: iso(item.start),
    end: iso(item.end),
    revision: result?.revision ?? 0,
    late: track.sweepHours === undefined ? '' : String(track.sweepHours),
    ...outcome,
    periods: item.periods,
    files: result?.files ?? 0,
    rejected: result?.rejected ?? 0,
    durationMs: now - started,
    manifestKey: result?.manifestKey ?? '',
    error: failure === undefined ? '' : `${failure.type}: ${failure.message}`,
    at: iso(now),
  });
}

/** The periods that are being exported, each in a scope of its own so that it can be cancelled without ending the integration. */
export class Lanes {
  #running = new Map<string, { scope: CancellationScope; live: boolean }>();

  start(entity: Entity, item: WorkItem): void {
    const live = entity.schedule.window(item.track).track.purpose === 'live';
    const scope = new CancellationScope();
    const key = keyOf(item.track, item.start);
    this.#running.set(key, { scope, live });
    void scope
      .run(() => work(entity, item))
      .finally(() => {
        this.#running.delete(key);
        entity.wake();
      });
  }

  /** One lane is kept for live periods. */
  room(width: number): { live: boolean; other: boolean } {
    const others = [...this.#running.values()].filter(({ live }) => !live).length;
    return { live: this.running < width, other: this.running < width && others < width - 1 };
  }

  get running(): number {
    return this.#running.size;
  }

  /** Cancels one period, or all that run now: they become holes. */
  cancel(track?: string, start = 0): void {
    for (const [key, { scope }] of this.#running)
      if (track === undefined || key === keyOf(track, start)) scope.cancel();
  }
}

function keyOf(track: string, start: number): string {
  return `${track}/${start}`;
}
