import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { firstTracks } from '../../shared/cursor-moves.ts';
import { hasTooManyHoles } from '../../shared/integration-state.ts';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../shared/period.ts';
import { MOST_HOLES, Schedule } from '../../shared/schedule.ts';
import type { Hole, TrackState, WorkItem } from '../../shared/track.ts';
import { configOf, hourlyGrid, NOW, trackOf } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const T0 = Date.UTC(2026, 2, 1);
const timing = { settle: 20 * MINUTE, jitter: 7 * SECOND };
const DELAY = timing.settle + timing.jitter;
const ALL = { live: true, other: true, fresh: true };

function track(id: string, purpose: TrackState['purpose'], changes: Partial<TrackState> = {}): TrackState {
  const axis = purpose === 'backfill' ? 'event' : 'updated';
  return trackOf({ id, purpose, axis, from: T0, grid: hourlyGrid(T0), ...changes });
}

function hole(start: number, nextTry: number, changes: Partial<Hole> = {}): Hole {
  return { start, end: start + HOUR, periods: 1, rows: 5, attempts: 1, nextTry, error: 'x', leftover: [], ...changes };
}

const live = (changes: Partial<TrackState> = {}) => track('live', 'live', changes);
const sweep = (changes: Partial<TrackState> = {}) => track('sweep-2h', 'sweep', { sweepHours: 2, ...changes });
const backfill = (changes: Partial<TrackState> = {}) => track('backfill-0', 'backfill', { to: T0 + DAY, ...changes });
const reexport = (changes: Partial<TrackState> = {}) => track('reexport-1', 'reexport', { to: T0 + DAY, ...changes });

/** Plans whatever may be planned; every period has one row. */
function planAll(schedule: Schedule, now: number): void {
  for (const { window, until } of [...schedule.toPlan(now)]) {
    const span = window.spanToPlan(until);
    if (span === undefined) throw new Error('toPlan named a window with nothing to plan');
    const count = Math.ceil((span.end - span.start) / span.length);
    const first = Math.floor((span.start - span.anchor) / span.length);
    window.planned(
      span,
      Array.from({ length: count }, (_, n) => [first + n, 1] as const),
    );
    window.refresh();
  }
}

function finish(schedule: Schedule, item: WorkItem | undefined): void {
  if (item !== undefined) schedule.window(item.track).done(item, item.rows);
}

describe('a schedule', () => {
  it('hands out due live periods first, then holes of live, of backfill, of sweeps, then backfill, re-exports, and sweeps last', () => {
    const now = T0 + 3 * HOUR + DELAY + 2 * HOUR;
    const schedule = new Schedule(
      [
        sweep({ from: T0 - HOUR, frontier: T0, holes: [hole(T0 - HOUR, now)] }),
        reexport({ to: T0 + HOUR }),
        backfill({ from: T0 - HOUR, to: T0 + HOUR, frontier: T0, holes: [hole(T0 - HOUR, now)] }),
        live({ from: T0 - HOUR, frontier: T0 + 4 * HOUR, holes: [hole(T0 - HOUR, now)] }),
      ],
      timing,
    );
    const sweeping = schedule.window('sweep-2h');
    sweeping.planned({ start: T0, end: T0 + HOUR, anchor: 0, length: HOUR }, [[T0 / HOUR, 1]]);
    planAll(schedule, now);
    const order: string[] = [];
    for (let item = schedule.take(now, ALL); item !== undefined; item = schedule.take(now, ALL))
      order.push(`${item.track}${item.retry ? ' hole' : ''}`);
    expect(order).toEqual([
      'live',
      'live hole',
      'backfill-0 hole',
      'sweep-2h hole',
      'backfill-0',
      'reexport-1',
      'sweep-2h',
    ]);
  });

  it('gives only live periods to the place that is kept for them', () => {
    const now = T0 + 2 * HOUR + DELAY;
    const schedule = new Schedule([live({ holes: [hole(T0 - HOUR, 0)] }), backfill()], timing);
    planAll(schedule, now);
    const only = { live: true, other: false, fresh: true };
    expect(schedule.take(now, only)).toMatchObject({ track: 'live', start: T0, retry: false });
    expect(schedule.take(now, only)).toMatchObject({ track: 'live', start: T0 + HOUR });
    expect(schedule.take(now, only)).toBeUndefined();
    expect(schedule.take(now, { live: false, other: true, fresh: true })).toMatchObject({ track: 'live', retry: true });
  });

  it('starts nothing fresh once there are more than 50 holes, but tries the holes', () => {
    const now = T0 + 100 * HOUR;
    const holes = (count: number) => Array.from({ length: count }, (_, n) => hole(T0 - (n + 1) * HOUR, now));
    expect(MOST_HOLES).toBe(50);
    expect(hasTooManyHoles([live({ holes: holes(30) }), backfill({ holes: holes(20) })])).toBe(false);
    expect(hasTooManyHoles([live({ holes: holes(30) }), backfill({ holes: holes(21) })])).toBe(true);
    const schedule = new Schedule([live({ holes: holes(30) }), backfill({ holes: holes(21) })], timing);
    expect(schedule.holes).toBe(51);
    planAll(schedule, now);
    const taken: WorkItem[] = [];
    const allow = { live: true, other: true, fresh: false };
    for (let item = schedule.take(now, allow); item !== undefined; item = schedule.take(now, allow)) taken.push(item);
    expect(taken).toHaveLength(51);
    expect(taken.every(({ retry }) => retry)).toBe(true);
  });

  it('reads a live period exactly when its settle time and delay are over', () => {
    const closes = T0 + HOUR + DELAY;
    const schedule = new Schedule([live()], timing);
    expect([...schedule.toPlan(closes - 1)]).toEqual([]);
    expect(schedule.nextDue(closes - 1)).toBe(closes);
    expect(schedule.closesAt(T0 + HOUR)).toBe(closes);
    const [next] = [...schedule.toPlan(closes)];
    expect(next?.window.spanToPlan(next.until)).toMatchObject({ start: T0, end: T0 + HOUR });
  });

  it('follows a changed settle time at once', () => {
    const schedule = new Schedule([live()], timing);
    schedule.timing = { settle: 0, jitter: 0 };
    expect(schedule.nextDue(T0)).toBe(T0 + HOUR);
    expect([...schedule.toPlan(T0 + HOUR)]).toHaveLength(1);
  });

  it('keeps sweeps behind what the live part has exported without exception', () => {
    const now = T0 + 10 * DAY;
    const present = live({ frontier: T0 + 9 * HOUR, holes: [hole(T0 + 3 * HOUR, now + HOUR)] });
    const schedule = new Schedule([present, sweep()], timing);
    const planned = [...schedule.toPlan(now)].find(({ window }) => window.track.purpose === 'sweep');
    expect(planned?.until).toBe(T0 + 3 * HOUR);
    expect(planned?.window.spanToPlan(planned.until)?.end).toBe(T0 + 3 * HOUR);
  });

  it('looks for late rows when their hours are over, not before', () => {
    const due = T0 + HOUR + 2 * HOUR + DELAY;
    const schedule = new Schedule([live({ frontier: T0 + 30 * HOUR }), sweep()], timing);
    const sweeping = (now: number) => [...schedule.toPlan(now)].map(({ window }) => window.track.id);
    expect(sweeping(due - 1)).toEqual([]);
    expect(schedule.nextDue(due - 1)).toBe(due);
    expect(sweeping(due)).toEqual(['sweep-2h']);
  });

  it('names the window of a track, and refuses a track that is not there', () => {
    const schedule = new Schedule([live(), sweep()], timing);
    expect(schedule.window('sweep-2h').track.purpose).toBe('sweep');
    expect(schedule.live?.track.id).toBe('live');
    expect(() => schedule.window('backfill-7')).toThrow('backfill-7');
  });
});

describe('what is due next', () => {
  it('lies in the future, even when holes or periods are overdue and wait for a place', () => {
    const now = T0 + 90 * MINUTE;
    const schedule = new Schedule(
      [live({ holes: [hole(T0 - HOUR, now - 5), hole(T0 - 2 * HOUR, now + 40 * MINUTE)] })],
      timing,
    );
    expect(schedule.nextDue(now)).toBe(now + 40 * MINUTE);
    // The overdue hole must not hide the live period for which a place is kept.
    const busy = new Schedule([live({ frontier: T0 + HOUR, holes: [hole(T0, now - 5)] })], timing);
    expect(busy.nextDue(now)).toBe(T0 + 2 * HOUR + DELAY);
  });

  it('leaves out holes that are being tried', () => {
    const schedule = new Schedule([live({ holes: [hole(T0 - HOUR, T0)] })], timing);
    expect(schedule.take(T0, ALL)?.retry).toBe(true);
    expect(schedule.nextDue(T0 - 1)).toBe(T0 + HOUR + DELAY);
  });

  it('is never when nothing follows the clock', () => {
    expect(new Schedule([backfill()], timing).nextDue(T0)).toBe(Number.POSITIVE_INFINITY);
    expect(new Schedule([], timing).nextDue(T0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('wakes an idle schedule exactly for work, and every closed period is exported within its delay', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(latencies, fc.integer({ min: 1, max: 30 }), (minutes, wobble) => {
        const config = configOf({ frequency: 'hourly', tuning: { sweepHours: [2, 3] } });
        const history = { rows: 0, outside: 0, sourceNow: iso(NOW) };
        const schedule = new Schedule(firstTracks(config, T0, undefined, history), timing);
        let now = T0 + wobble * MINUTE;
        let idle = 0;
        for (const latency of minutes) {
          planAll(schedule, now);
          let item = schedule.take(now, ALL);
          idle = item === undefined && [...schedule.toPlan(now)].length === 0 ? idle + 1 : 0;
          // A wake-up without work may come where a sweep waits for the live part, but not again and again.
          expect(idle).toBeLessThan(4);
          for (; item !== undefined; item = schedule.take(now, ALL)) {
            expect(item.track === 'live' ? item.end + DELAY : item.end).toBeLessThanOrEqual(now);
            if (item.track !== 'live') expect(item.end).toBeLessThanOrEqual(schedule.live?.exportedUpTo ?? Number.NaN);
            now += latency * SECOND;
            finish(schedule, item);
          }
          const due = schedule.nextDue(now);
          if ([...schedule.toPlan(now)].length === 0) {
            expect(due).toBeGreaterThan(now);
            expect(due).toBeLessThanOrEqual(now + HOUR + DELAY);
            now = due;
          }
        }
        expect(schedule.live?.exportedUpTo).toBeGreaterThan(T0 + 5 * HOUR);
      }),
      { numRuns: 100 },
    );
  });
});
