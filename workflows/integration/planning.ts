import { isCancellation } from '@temporalio/workflow';
import { pauseAfter } from '../../shared/integration-state.ts';
import { iso, MINUTE, SECOND } from '../../shared/period.ts';
import type { PeriodWindow, SpanRequest } from '../../shared/period-window.ts';
import { windowOf } from '../../shared/track.ts';
import { priorityOf, small } from '../activity-options.ts';
import { failureOf } from '../failure-of.ts';
import { type Entity, jobOf, noteFailure } from './entity.ts';

/** ClickHouse's clock is behind ours by less than this: wait and ask again. */
const CLOCK_PAUSE = 5 * SECOND;

/** Counts the rows of the next stretch of a track. Never throws: a failure is a pause, visible as `retrying`. */
export async function planNext(entity: Entity, window: PeriodWindow, until: number): Promise<void> {
  const { state } = entity;
  const span = window.spanToPlan(until);
  if (span === undefined) return;
  try {
    const counted = await count(entity, window, span);
    window.planned(counted.span, counted.periods);
    window.refresh();
    state.planning = { failures: 0, notBefore: counted.span.end < span.end ? Date.now() + CLOCK_PAUSE : 0 };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failures = state.planning.failures + 1;
    state.planning = { failures, notBefore: Date.now() + pauseAfter(failures, state.config) };
    noteFailure(entity, failureOf(error));
  }
  entity.wake();
}

async function count(entity: Entity, { track }: PeriodWindow, span: SpanRequest) {
  const job = jobOf(entity);
  const { axis, updatedBefore, eventFrom, open, beforeEpoch } = windowOf(track, { start: span.start, end: span.end });
  const query = {
    job,
    axis,
    from: iso(span.start),
    to: iso(span.end),
    anchorMs: span.anchor,
    lengthMs: span.length,
    ...(updatedBefore === undefined ? {} : { updatedBefore }),
    ...(eventFrom === undefined ? {} : { eventFrom }),
    ...(open === undefined ? {} : { open }),
    ...(beforeEpoch === undefined ? {} : { beforeEpoch }),
  };
  const control = small({
    attempts: job.config.tuning.activityAttempts,
    priority: priorityOf(job.projectId, 3),
    startToClose: '15 minutes',
  });
  const late = track.sweepHours;
  const { periods, sourceNow } =
    late === undefined ? await control.planSpan(query) : await control.findLateRows({ ...query, late });
  if (track.axis === 'event') return { span, periods };
  return closedOnly(span, periods, Date.parse(sourceNow) - job.config.settleMinutes * MINUTE);
}

/** A period is closed only when ClickHouse's own clock says so too: rows are stamped with that clock. */
function closedOnly(span: SpanRequest, periods: Array<[number, number]>, closedUpTo: number) {
  if (closedUpTo >= span.end) return { span, periods };
  const bound = span.anchor + Math.floor((closedUpTo - span.anchor) / span.length) * span.length;
  const end = Math.max(span.start, bound);
  return { span: { ...span, end }, periods: periods.filter(([index]) => span.anchor + index * span.length < end) };
}
