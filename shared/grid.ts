/** A grid says which cadence cuts which stretch of time, so that a changed frequency leaves finished periods as they were. */
import { type Cadence, ceilTo, floorTo, type Period, stepsOf } from './period.ts';

/** From `from` (epoch ms) on, until the next segment begins, periods follow `cadence`. The first segment also reaches back without end. */
export interface GridSegment {
  from: number;
  cadence: Cadence;
  /** Rows with an event time before this instant (epoch ms) are not wanted. Absent: all history. */
  eventFrom?: number;
}

export type Grid = GridSegment[];

/** The segment that cuts time at `instant`. */
export function segmentAt(
  grid: Grid,
  instant: number,
): { segment: GridSegment; until: number | undefined; first: boolean } {
  let index = grid.findLastIndex((segment) => segment.from <= instant);
  if (index < 0) index = 0;
  const segment = grid[index];
  if (segment === undefined) throw new RangeError('a grid has at least one segment');
  return { segment, until: grid[index + 1]?.from, first: index === 0 };
}

/** The period that contains `instant`. Where two cadences share no bound, the period at the seam is cut short; periods always tile. */
export function periodAt(grid: Grid, instant: number): Period {
  const { segment, until, first } = segmentAt(grid, instant);
  const start = floorTo(segment.cadence, instant);
  const end = start + stepsOf(segment.cadence).length;
  return {
    start: first ? start : Math.max(start, segment.from),
    end: until === undefined ? end : Math.min(end, until),
  };
}

/** Lets `next` rule from the first bound at or after `notBefore` that the present and the new cadence share. */
export function changeGrid(grid: Grid, notBefore: number, next: Omit<GridSegment, 'from'>): Grid {
  const present = segmentAt(grid, notBefore).segment;
  const from = sharedBound(present.cadence, next.cadence, notBefore) ?? ceilTo(next.cadence, notBefore);
  return [...grid.filter((segment) => segment.from < from), { ...next, from }];
}

function sharedBound(a: Cadence, b: Cadence, notBefore: number): number | undefined {
  const [finer, coarser] = stepsOf(a).length <= stepsOf(b).length ? [a, b] : [b, a];
  const step = stepsOf(coarser).length;
  // After this many coarse bounds the distances to the fine bounds repeat.
  const tries = stepsOf(finer).length / gcd(stepsOf(finer).length, step);
  let bound = ceilTo(coarser, notBefore);
  for (let n = 0; n < tries; n++, bound += step) {
    if (floorTo(finer, bound) === bound) return bound;
  }
  return undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
