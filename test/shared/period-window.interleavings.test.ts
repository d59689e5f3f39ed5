import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { changeGrid, type Grid, periodAt, segmentAt } from '../../shared/grid.ts';
import { type Cadence, DAY, floorTo, HOUR, WEEK } from '../../shared/period.ts';
import { PeriodWindow, type SpanRequest } from '../../shared/period-window.ts';
import type { TrackState, WorkItem } from '../../shared/track.ts';
import { NOW, offsets, throughJson, trackOf } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What a planning query answers: the rows of each period of the span that has any, by number. */
function countIn(span: SpanRequest, rows: readonly number[]): Array<[number, number]> {
  const counts = new Map<number, number>();
  for (const instant of rows) {
    if (instant < span.start || instant >= span.end) continue;
    const index = Math.floor((instant - span.anchor) / span.length);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return [...counts];
}

/** As `workflows/integration/planning.ts` does when the source's clock is behind. */
function cutShort(span: SpanRequest, closedUpTo: number): SpanRequest {
  const bound = span.anchor + Math.floor((closedUpTo - span.anchor) / span.length) * span.length;
  return closedUpTo >= span.end ? span : { ...span, end: Math.max(span.start, bound) };
}

interface World {
  track: TrackState;
  rows: number[];
  /** End of what may be planned; a track without `to` follows it. */
  horizon: number;
}

const smallCadences: fc.Arbitrary<Cadence> = fc.record({
  frequency: fc.constantFrom('every_20_minutes', 'hourly', 'daily', 'weekly'),
  utcOffsetMinutes: offsets,
});

const worlds: fc.Arbitrary<World> = fc
  .record({
    cadences: fc.array(smallCadences, { minLength: 1, maxLength: 4 }),
    purpose: fc.constantFrom<TrackState['purpose']>('live', 'backfill', 'reexport', 'sweep'),
    clipped: fc.nat(2 * DAY),
    days: fc.integer({ min: 1, max: 30 }),
    extra: fc.nat(DAY),
    clusters: fc.array(fc.tuple(fc.nat(40 * 24), fc.integer({ min: 1, max: 30 })), { maxLength: 40, size: 'max' }),
    skip: fc.boolean(),
  })
  .map(({ cadences: [first, ...others], purpose, clipped, days, extra, clusters, skip }) => {
    const bounded = purpose === 'backfill' || purpose === 'reexport';
    const cadence = first ?? { frequency: 'hourly', utcOffsetMinutes: 0 };
    const from = floorTo(cadence, NOW) + (bounded ? clipped : 0);
    const horizon = from + days * DAY + extra;
    let grid: Grid = [{ from, cadence }];
    for (const [index, next] of others.entries()) {
      const bound = periodAt(grid, from + ((index + 1) * (horizon - from)) / 4).end;
      grid = changeGrid(grid, bound, { cadence: next });
    }
    const rows = clusters.flatMap(([hour, count]) =>
      Array.from({ length: count }, (_, n) => from + hour * HOUR + n * 100_000),
    );
    const track = trackOf({ from, purpose, axis: bounded ? 'event' : 'updated', grid });
    if (bounded) track.to = horizon;
    if (purpose === 'sweep') {
      track.sweepHours = 2;
      if (skip) track.skipped = [periodAt(grid, rows[0] ?? from).start];
    }
    return { track, rows, horizon };
  });

type Step = { kind: 'plan' | 'take' | 'done' | 'failed' | 'cancelled' | 'hole' | 'refresh' | 'restart'; n: number };
const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom<Step['kind']>(
      'plan',
      'take',
      'take',
      'done',
      'done',
      'failed',
      'cancelled',
      'hole',
      'refresh',
      'restart',
    ),
    n: fc.nat(1_000),
  }),
  { maxLength: 150, size: 'max' },
);

/** Drives a window and checks after every step what must always hold. */
class Driver {
  window: PeriodWindow;
  readonly world: World;
  readonly running: WorkItem[] = [];
  /** Start → end of every piece that was handed out fresh and of every one that is done. */
  readonly fresh = new Map<number, number>();
  readonly finished = new Map<number, number>();
  clock = 0;
  #horizon: number;

  constructor(world: World) {
    this.world = world;
    this.window = new PeriodWindow(world.track);
    this.#horizon = world.track.from;
  }

  step({ kind, n }: Step): void {
    const before = this.window.track.frontier;
    switch (kind) {
      case 'plan':
        this.#horizon = Math.min(this.world.horizon, this.#horizon + (n % 50) * HOUR);
        this.plan(this.#horizon, n % 5 === 0 ? n : 1_000);
        break;
      case 'take': {
        const item = this.window.take();
        if (item !== undefined) this.#begin(item);
        break;
      }
      case 'hole': {
        this.clock += n;
        const hole = this.window.takeHole(this.clock);
        if (hole !== undefined) this.#beginAgain(hole);
        break;
      }
      case 'done':
        this.#end(n, (item) => {
          this.window.done(item, item.rows);
          expect(this.finished.has(item.start)).toBe(false);
          this.finished.set(item.start, item.end);
        });
        break;
      case 'failed':
        this.#end(n, (item) =>
          this.window.failed(item, {
            attempts: item.attempts + 1,
            nextTry: this.clock + n,
            error: 'x',
            leftover: ['p0000'],
          }),
        );
        break;
      case 'cancelled':
        this.#end(n, ({ attempts, leftover, ...item }) =>
          this.window.failed(
            { ...item, attempts, leftover },
            { attempts, nextTry: this.clock, error: 'cancelled', leftover },
          ),
        );
        break;
      case 'refresh':
        this.window.refresh();
        break;
      case 'restart':
        if (!this.window.isBusy) this.window = new PeriodWindow(throughJson(this.window.track));
    }
    expect(this.window.track.frontier).toBeGreaterThanOrEqual(before);
    this.#check();
  }

  plan(until: number, permille: number): void {
    const span = this.window.spanToPlan(until);
    if (span === undefined) return;
    const { track } = this.window;
    expect(span.end).toBeLessThanOrEqual(Math.min(until, track.to ?? until));
    expect(span.end).toBeGreaterThan(span.start);
    const seam = segmentAt(track.grid, span.start).until;
    if (seam !== undefined) expect(span.end).toBeLessThanOrEqual(seam);
    const closed = cutShort(span, span.start + ((span.end - span.start) * permille) / 1_000);
    this.window.planned(closed, countIn(closed, this.world.rows));
  }

  #begin(item: WorkItem): void {
    const { track } = this.window;
    expect(item.retry).toBe(false);
    expect(item.end).toBeGreaterThan(item.start);
    expect(item.rows).toBe(this.#rowsIn(item.start, item.end));
    for (const [start, end] of this.fresh) expect(item.end <= start || item.start >= end).toBe(true);
    // The piece is whole periods of the grid, and its number of periods is right.
    let periods = 0;
    for (let start = item.start; start < item.end; periods++) {
      const { end } = periodAt(track.grid, start);
      start = Math.min(end, track.to ?? end);
      expect(start).toBeLessThanOrEqual(item.end);
    }
    expect(item.periods).toBe(periods);
    if (item.rows > 0) expect(item.periods).toBe(1);
    if (track.purpose === 'sweep') expect(track.skipped ?? []).not.toContain(item.start);
    this.fresh.set(item.start, item.end);
    this.running.push(item);
  }

  #beginAgain(item: WorkItem): void {
    expect(item.retry).toBe(true);
    expect(this.running.some(({ start }) => start === item.start)).toBe(false);
    expect(this.fresh.get(item.start)).toBe(item.end);
    this.running.push(item);
  }

  #end(n: number, settle: (item: WorkItem) => void): void {
    const [item] = this.running.splice(n % Math.max(1, this.running.length), 1);
    if (item !== undefined) settle(item);
  }

  #rowsIn(start: number, end: number): number {
    return this.world.rows.filter((instant) => instant >= start && instant < end).length;
  }

  #check(): void {
    const { window } = this;
    const { track } = window;
    expect(window.isBusy).toBe(this.running.length > 0);
    const holes = track.holes.map(({ start }) => start);
    expect(holes).toEqual([...new Set(holes)].sort((a, b) => a - b));
    const open = this.running.filter(({ retry }) => !retry).map(({ start }) => start);
    // Nothing that was handed out and is neither done nor a hole lies before the frontier.
    for (const start of open) expect(track.frontier).toBeLessThanOrEqual(start);
    for (const [start, end] of this.fresh) {
      const isHole = holes.includes(start);
      expect([this.finished.has(start), isHole, open.includes(start)].filter(Boolean)).toHaveLength(1);
      if (isHole) expect(end).toBeLessThanOrEqual(track.frontier + (open.length > 0 ? Number.POSITIVE_INFINITY : 0));
    }
    expect(window.exportedUpTo).toBe(Math.min(track.frontier, ...holes));
    if (track.purpose !== 'sweep' && open.length === 0) {
      const handedOut = Math.max(track.from, ...this.fresh.values());
      expect(track.frontier).toBe(handedOut);
    }
  }

  /** Everything to its end, without a failure more. */
  finish(): void {
    for (let round = 0; round < 10_000; round++) {
      this.plan(this.world.horizon, 1_000);
      this.window.refresh();
      const item = this.window.take() ?? this.window.takeHole(Number.POSITIVE_INFINITY);
      if (item === undefined && this.running.length === 0 && this.window.spanToPlan(this.world.horizon) === undefined)
        return;
      if (item?.retry === false) this.#begin(item);
      if (item?.retry === true) this.#beginAgain(item);
      this.step({ kind: 'done', n: round });
    }
    throw new Error('does not come to an end');
  }
}

describe('a period window under any interleaving', () => {
  it('hands out every period exactly once, moves its frontier only forward and only behind what is done or a hole', () => {
    fc.assert(
      fc.property(worlds, steps, (world, script) => {
        const driver = new Driver(world);
        for (const step of script) driver.step(step);
        driver.finish();
        const { track } = driver.window;
        const end = track.to ?? periodAt(track.grid, world.horizon).start;
        expect(track.holes).toEqual([]);
        expect(track.frontier).toBe(end);
        const pieces = [...driver.finished].sort(([a], [b]) => a - b);
        expect(pieces).toEqual([...driver.fresh].sort(([a], [b]) => a - b));
        const rows = world.rows.filter((instant) => instant >= track.from && instant < end);
        if (track.purpose === 'sweep') {
          const wanted = rows.filter((instant) => !track.skipped?.includes(periodAt(track.grid, instant).start));
          for (const instant of wanted)
            expect(pieces.filter(([start, until]) => start <= instant && instant < until)).toHaveLength(1);
          expect(track.rowsDone).toBe(wanted.length);
        } else {
          let covered = track.from;
          for (const [start, until] of pieces) {
            expect(start).toBe(covered);
            covered = until;
          }
          expect(covered).toBe(end);
          expect(track.rowsDone).toBe(rows.length);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a period window', () => {
  const from = Date.UTC(2024, 0, 1);
  const plan = (window: PeriodWindow, until: number, rows: number[]) => {
    const span = window.spanToPlan(until);
    if (span !== undefined) window.planned(span, countIn(span, rows));
    return span;
  };

  it('makes one piece of work of neighbouring periods without rows', () => {
    const window = new PeriodWindow(trackOf({ from, to: from + 10 * HOUR }));
    plan(window, Number.POSITIVE_INFINITY, [from + 3 * HOUR, from + 7 * HOUR]);
    const pieces = Array.from({ length: 6 }, () => window.take());
    expect(pieces.map((item) => item && [(item.start - from) / HOUR, item.periods, item.rows])).toEqual([
      [0, 3, 0],
      [3, 1, 1],
      [4, 3, 0],
      [7, 1, 1],
      [8, 2, 0],
      undefined,
    ]);
  });

  it('plans two years of hours with 100 that have rows in a few spans', () => {
    const to = from + 17_520 * HOUR;
    const rows = Array.from({ length: 100 }, (_, n) => from + (n * n + 7_000) * HOUR);
    const window = new PeriodWindow(trackOf({ from, to }));
    const spans: number[] = [];
    let pieces = 0;
    for (let span = plan(window, to, rows); span !== undefined; span = plan(window, to, rows)) {
      spans.push((span.end - span.start) / HOUR);
      for (let item = window.take(); item !== undefined; item = window.take()) {
        window.done(item, item.rows);
        pieces += 1;
      }
    }
    expect(spans.length).toBeLessThanOrEqual(8);
    expect(spans.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(pieces).toBeLessThanOrEqual(2 * 100 + spans.length);
    expect(window.track.frontier).toBe(to);
  });

  it('goes back to short spans where rows are dense', () => {
    const to = from + 20_000 * HOUR;
    const rows = Array.from({ length: 2_000 }, (_, n) => from + (1_600 + n) * HOUR);
    const window = new PeriodWindow(trackOf({ from, to }));
    const spans = Array.from({ length: 5 }, () => {
      const span = plan(window, to, rows);
      while (window.take() !== undefined);
      return span === undefined ? 0 : (span.end - span.start) / HOUR;
    });
    expect(spans).toEqual([500, 1_000, 2_000, 500, 500]);
  });

  it('plans nothing beyond its end, beyond the limit, or while planned work waits', () => {
    const window = new PeriodWindow(trackOf({ from, to: from + HOUR }));
    expect(window.spanToPlan(from + HOUR - 1)).toBeUndefined();
    expect(plan(window, from + HOUR, [])).toBeDefined();
    expect(window.spanToPlan(from + HOUR)).toBeUndefined();
    const item = window.take();
    if (item !== undefined) window.done(item, 0);
    expect(window.spanToPlan(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(new PeriodWindow(window.track).spanToPlan(Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it('clips the first and the last period to the track', () => {
    const weekly: Cadence = { frequency: 'weekly', utcOffsetMinutes: 0 };
    const grid = [{ from, cadence: weekly }];
    const [start, end] = [from + 2 * DAY, from + 2 * WEEK + 3 * DAY];
    const window = new PeriodWindow(trackOf({ from: start, to: end, grid }));
    const rows = [start, from + WEEK, from + 2 * WEEK, end - 1];
    plan(window, end, rows);
    const pieces = [window.take(), window.take(), window.take()];
    expect(pieces.map((item) => item && [item.start, item.end, item.rows])).toEqual([
      [start, from + WEEK, 1],
      [from + WEEK, from + 2 * WEEK, 1],
      [from + 2 * WEEK, end, 2],
    ]);
    expect(window.take()).toBeUndefined();
  });

  it('takes a counted span that ends earlier than asked, even one that holds nothing at all', () => {
    const window = new PeriodWindow(trackOf({ from, purpose: 'live', axis: 'updated' }));
    const span = window.spanToPlan(from + 5 * HOUR);
    if (span === undefined) throw new Error('nothing to plan');
    window.planned({ ...span, end: span.start }, []);
    expect(window.hasPlanned).toBe(false);
    expect(window.nextEnd).toBe(from + HOUR);
    window.planned({ ...span, end: from + 2 * HOUR }, [[(from - span.anchor) / HOUR, 3]]);
    expect([window.take()?.rows, window.take()?.rows, window.take()]).toEqual([3, 0, undefined]);
    expect(window.spanToPlan(from + 5 * HOUR)?.start).toBe(from + 2 * HOUR);
  });

  it('lets a sweep that finds nothing move on by planning alone', () => {
    const track = trackOf({ from, purpose: 'sweep', axis: 'updated', sweepHours: 2, skipped: [from + HOUR] });
    const window = new PeriodWindow(track);
    plan(window, from + 3 * HOUR, [from + HOUR + 5]);
    expect(window.take()).toBeUndefined();
    window.refresh();
    expect(track.frontier).toBe(from + 3 * HOUR);
  });

  it('keeps what failed attempts left behind and counts them, and a cancel is no attempt', () => {
    const window = new PeriodWindow(trackOf({ from, to: from + HOUR }));
    plan(window, from + HOUR, [from]);
    const first = window.take();
    if (first === undefined) throw new Error('nothing taken');
    window.failed(first, { attempts: 1, nextTry: 50, error: 'busy', leftover: ['p0001'] });
    expect(window.takeHole(49)).toBeUndefined();
    const again = window.takeHole(50);
    expect(again).toMatchObject({ attempts: 1, leftover: ['p0001'], retry: true, rows: 1 });
    expect(window.takeHole(50)).toBeUndefined();
    expect(window.isTaken(from)).toBe(true);
  });
});
