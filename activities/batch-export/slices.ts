/** How the counted rows of a file are cut into slices of event time, each of which one query sorts. Pure. */
import type { Order } from '../../shared/filters/order.ts';
import { coarsenRuns, countMinutes, halveRuns, runsOf } from '../../shared/minute-runs.ts';
import { type CountedMinute, MAX_RUNS_PER_PART, weightOf } from '../../shared/parts.ts';
import { MICROS_PER_MINUTE, type OrderedCounts, type OrderedSlice } from '../source/ordered-rows.ts';

export interface SliceTarget {
  /** A slice is closed once it has so many rows. Fewer than 20,000 cost more than the rows themselves (measured). */
  rows: number;
  /** No slice weighs more (`weightOf`): a sort holds about twice the text of its rows. */
  bytes: number;
}

/** About 100 MB of rows of common size, which no sort has to put on disk. */
export const SLICE_TARGET: SliceTarget = { rows: 40_000, bytes: 64 * 2 ** 20 };

type Direction = Order['direction'];

/**
 * Slices in the order of the file; together they name every counted minute once, and a file without rows has one slice. Only minutes with
 * rows are named, because filters can leave few of many.
 */
export function cutSlices(
  { minutes, before }: OrderedCounts,
  target: SliceTarget,
  direction: Direction,
): OrderedSlice[] {
  const slices: OrderedSlice[] = [];
  let open: CountedMinute[] = [];
  let size = { rows: 0, bytes: 0 };
  const close = () => {
    if (open.length > 0) slices.push(sliceOf(open));
    open = [];
    size = { rows: 0, bytes: 0 };
  };
  for (const minute of minutes) {
    const pieces = Math.ceil(weightOf(minute) / target.bytes);
    const grown = { rows: size.rows + minute.rows, bytes: size.bytes + minute.bytes };
    // Weights do not add up: many light rows beside a heavy minute can make it light.
    if (pieces > 1 || weightOf(grown) > target.bytes || size.rows >= target.rows) close();
    if (pieces > 1) {
      slices.push(...cutMinute(minute.minute, pieces));
    } else {
      open.push(minute);
      size = { rows: size.rows + minute.rows, bytes: size.bytes + minute.bytes };
    }
  }
  close();
  if (before.rows > 0) slices.unshift({ kind: 'before' });
  if (slices.length === 0) return [{ kind: 'minutes', runs: [] }];
  return inOrder(slices, direction);
}

/** All rows in one. */
export function wholeSlice({ minutes, before }: OrderedCounts): OrderedSlice {
  return before.rows > 0 ? { kind: 'whole' } : sliceOf(minutes);
}

/** The two halves of a slice in the order of the file, or undefined when it cannot be cut. */
export function halveSlice(slice: OrderedSlice, direction: Direction): OrderedSlice[] | undefined {
  switch (slice.kind) {
    case 'minutes': {
      const [first] = slice.runs[0] ?? [];
      if (first === undefined) return undefined;
      if (countMinutes(slice.runs) === 1) return inOrder(cutMinute(first, 2), direction);
      const [earlier, later] = halveRuns(slice.runs);
      return inOrder(
        [
          { kind: 'minutes', runs: earlier },
          { kind: 'minutes', runs: later },
        ],
        direction,
      );
    }
    case 'instants': {
      const { from, to } = slice;
      if (to - from <= 1) return undefined;
      return inOrder(cutInstants(from, to, 2), direction);
    }
    case 'before':
    case 'whole':
      return undefined;
  }
}

function sliceOf(minutes: readonly CountedMinute[]): OrderedSlice {
  return { kind: 'minutes', runs: coarsenRuns(runsOf(minutes.map(({ minute }) => minute)), MAX_RUNS_PER_PART) };
}

/** Equal spans of time; should the rows stand close together, a slice that is too large is halved when that shows. */
function cutMinute(minute: number, pieces: number): OrderedSlice[] {
  return cutInstants(minute * MICROS_PER_MINUTE, (minute + 1) * MICROS_PER_MINUTE, pieces);
}

function cutInstants(from: number, to: number, pieces: number): OrderedSlice[] {
  const bound = (index: number) => from + Math.floor(((to - from) * index) / pieces);
  return Array.from({ length: pieces }, (_, index) => ({ kind: 'instants', from: bound(index), to: bound(index + 1) }));
}

function inOrder(ascending: OrderedSlice[], direction: Direction): OrderedSlice[] {
  return direction === 'ASC' ? ascending : ascending.reverse();
}
