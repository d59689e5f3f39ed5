import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { changeGrid, type Grid, periodAt, segmentAt } from '../../shared/grid.ts';
import { type Cadence, DAY, floorTo, HOUR, iso, lengthOf, WEEK } from '../../shared/period.ts';
import { bounds, cadences, instants, offeredCadences } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const cadence = (frequency: Cadence['frequency'], utcOffsetMinutes = 0): Cadence => ({ frequency, utcOffsetMinutes });
const at = (text: string) => Date.parse(text);

/** Every period from `from` on, until `count` are found. */
function walk(grid: Grid, from: number, count: number) {
  const periods = [periodAt(grid, from)];
  for (let n = 1; n < count; n++) periods.push(periodAt(grid, periods[n - 1]?.end ?? Number.NaN));
  return periods;
}

describe('a change of frequency', () => {
  it('begins at the next bound that both share', () => {
    const from = at('2026-03-04T10:00:00Z');
    const grid = changeGrid([{ from: 0, cadence: cadence('hourly') }], from, { cadence: cadence('weekly') });
    expect(grid.map((segment) => iso(segment.from))).toEqual(['1970-01-01T00:00:00.000Z', '2026-03-09T00:00:00.000Z']);
    expect(bounds(periodAt(grid, at('2026-03-08T23:30:00Z')))).toBe(
      '2026-03-08T23:00:00.000Z – 2026-03-09T00:00:00.000Z',
    );
    expect(bounds(periodAt(grid, at('2026-03-09T00:00:00Z')))).toBe(
      '2026-03-09T00:00:00.000Z – 2026-03-16T00:00:00.000Z',
    );
  });

  it('begins at once where the frontier stands on a shared bound', () => {
    const from = at('2026-03-04T00:00:00Z');
    const grid = changeGrid([{ from: 0, cadence: cadence('daily') }], from, { cadence: cadence('hourly') });
    expect(grid[1]?.from).toBe(from);
  });

  it('cuts one period short where the two share no bound', () => {
    const from = at('2026-03-04T00:00:00Z');
    const grid = changeGrid([{ from: 0, cadence: cadence('daily') }], from, { cadence: cadence('daily', 330) });
    expect(walk(grid, from - 1, 3).map(bounds)).toEqual([
      '2026-03-03T00:00:00.000Z – 2026-03-04T00:00:00.000Z',
      '2026-03-04T00:00:00.000Z – 2026-03-04T18:30:00.000Z',
      '2026-03-04T18:30:00.000Z – 2026-03-05T18:30:00.000Z',
    ]);
  });

  it('finds bounds that two odd frequencies share only now and then', () => {
    const grid = changeGrid([{ from: 0, cadence: cadence('every_864_seconds') }], 1, {
      cadence: cadence('every_1200_seconds'),
    });
    expect(grid[1]?.from).toBe(6 * HOUR);
  });

  it('replaces a change that has not begun yet', () => {
    const from = at('2026-03-04T10:00:00Z');
    const weekly = changeGrid([{ from: 0, cadence: cadence('hourly') }], from, { cadence: cadence('weekly') });
    const daily = changeGrid(weekly, from, { cadence: cadence('daily') });
    expect(daily.map((segment) => [iso(segment.from), segment.cadence.frequency])).toEqual([
      ['1970-01-01T00:00:00.000Z', 'hourly'],
      ['2026-03-05T00:00:00.000Z', 'daily'],
    ]);
  });

  it('never re-cuts a finished period, and begins within the longer of the two wherever they share a bound that soon', () => {
    fc.assert(
      fc.property(offeredCadences, offeredCadences, instants, fc.nat(50), (before, after, instant, ahead) => {
        const grid: Grid = [{ from: floorTo(before, instant), cadence: before }];
        const finished = walk(grid, instant, ahead + 1);
        const frontier = finished.at(-1)?.end ?? Number.NaN;
        const changed = changeGrid(grid, frontier, { cadence: after });
        expect(walk(changed, instant, ahead + 1)).toEqual(finished);
        expect(changed.at(-1)?.from).toBeLessThanOrEqual(frontier + WEEK);
        expect(periodAt(changed, frontier + 2 * WEEK).start).toBe(floorTo(after, frontier + 2 * WEEK));
      }),
    );
  });

  it('keeps tiling over any chain of changes of frequency and offset, and what is finished stays as it is', () => {
    const steps = fc.array(fc.tuple(cadences, fc.nat(40)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cadences, instants, steps, (first, instant, changes) => {
        let grid: Grid = [{ from: floorTo(first, instant), cadence: first }];
        let frontier = floorTo(first, instant);
        const finished: Array<{ start: number; end: number }> = [];
        for (const [next, count] of changes) {
          for (let n = 0; n < count; n++) {
            const period = periodAt(grid, frontier);
            expect(period.start).toBe(frontier);
            expect(period.end).toBeGreaterThan(period.start);
            finished.push(period);
            frontier = period.end;
          }
          grid = changeGrid(grid, frontier, { cadence: next });
          for (const period of finished.slice(-20)) expect(periodAt(grid, period.start)).toEqual(period);
          for (const [index, segment] of grid.entries())
            if (index > 0) expect(segment.from).toBeGreaterThan(grid[index - 1]?.from ?? Number.NaN);
        }
        for (const period of finished) {
          expect(periodAt(grid, period.start)).toEqual(period);
          expect(periodAt(grid, period.end - 1)).toEqual(period);
        }
        for (const period of walk(grid, frontier, 30)) {
          expect(periodAt(grid, period.end).start).toBe(period.end);
          expect(period.end - period.start).toBeLessThanOrEqual(
            lengthOf(segmentAt(grid, period.start).segment.cadence.frequency),
          );
        }
      }),
      { numRuns: 120 },
    );
  });
});

describe('the first segment of a grid', () => {
  it('also reaches back before it begins', () => {
    const grid: Grid = [{ from: 10 * DAY, cadence: cadence('daily') }];
    expect(periodAt(grid, 3 * DAY + 5)).toEqual({ start: 3 * DAY, end: 4 * DAY });
  });

  it('does not reach beyond the next segment', () => {
    const grid: Grid = [
      { from: 10 * DAY, cadence: cadence('daily') },
      { from: 10 * DAY + 5 * HOUR, cadence: cadence('hourly') },
    ];
    expect(periodAt(grid, 10 * DAY)).toEqual({ start: 10 * DAY, end: 10 * DAY + 5 * HOUR });
  });

  it('must exist', () => {
    expect(() => segmentAt([], 0)).toThrow(RangeError);
  });
});
