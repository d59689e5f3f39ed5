import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutSlices, halveSlice, type SliceTarget, wholeSlice } from '../../../activities/batch-export/slices.ts';
import { MICROS_PER_MINUTE, type OrderedCounts, type OrderedSlice } from '../../../activities/source/ordered-rows.ts';
import { weightOf } from '../../../shared/parts.ts';

const FIRST = 29_000_000;

const counts: fc.Arbitrary<OrderedCounts> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: FIRST, max: FIRST + 500 }), { maxLength: 80 }),
    fc.array(fc.record({ rows: fc.integer({ min: 1, max: 500 }), bytes: fc.integer({ min: 1, max: 2_000_000 }) }), {
      minLength: 80,
      maxLength: 80,
    }),
    fc.nat(3),
  )
  .map(([minutes, sizes, before]) => ({
    minutes: minutes
      .toSorted((a, b) => a - b)
      .map((minute, index) => ({ minute, ...(sizes[index] ?? { rows: 1, bytes: 1 }) })),
    before: { rows: before, bytes: before * 100 },
  }));
const target: fc.Arbitrary<SliceTarget> = fc.record({
  rows: fc.integer({ min: 1, max: 2_000 }),
  bytes: fc.integer({ min: 100_000, max: 5_000_000 }),
});
const direction = fc.constantFrom('ASC' as const, 'DESC' as const);

/** Spans of event time in microseconds, in the order of time inside the slice. */
function spansOf(slice: OrderedSlice): Array<[number, number]> {
  switch (slice.kind) {
    case 'minutes':
      return slice.runs.map(([from, to]) => [from * MICROS_PER_MINUTE, to * MICROS_PER_MINUTE]);
    case 'instants':
      return [[slice.from, slice.to]];
    case 'before':
      return [[Number.NEGATIVE_INFINITY, 0]];
    case 'whole':
      throw new Error('a slice is not the whole');
  }
}

function ascending(slices: readonly OrderedSlice[], order: 'ASC' | 'DESC'): Array<[number, number]> {
  return (order === 'ASC' ? slices : slices.toReversed()).flatMap(spansOf);
}

/** Every counted minute is covered once, and nothing comes out of order. */
function expectTiling({ minutes, before }: OrderedCounts, spans: Array<[number, number]>) {
  for (const [index, [from]] of spans.entries()) {
    if (index > 0) expect(from).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
  }
  const inKey = spans.filter(([from]) => from >= 0);
  expect(spans.length - inKey.length).toBe(before.rows > 0 ? 1 : 0);
  const covered = inKey.reduce((sum, [from, to]) => sum + to - from, 0);
  expect(covered).toBe(minutes.length * MICROS_PER_MINUTE);
  for (const { minute } of minutes) {
    const start = minute * MICROS_PER_MINUTE;
    const within = inKey.filter(([from, to]) => from < start + MICROS_PER_MINUTE && to > start);
    const share = within.reduce(
      (sum, [from, to]) => sum + Math.min(to, start + MICROS_PER_MINUTE) - Math.max(from, start),
      0,
    );
    expect(share).toBe(MICROS_PER_MINUTE);
  }
}

test('slices cover every counted minute once, in the order of the file', () => {
  fc.assert(
    fc.property(counts, target, direction, (counted, size, order) => {
      expectTiling(counted, ascending(cutSlices(counted, size, order), order));
    }),
  );
});

test('halved again and again, slices still cover every minute once, in order', () => {
  fc.assert(
    fc.property(counts, target, direction, fc.infiniteStream(fc.boolean()), (counted, size, order, coins) => {
      const halved = cutSlices(counted, size, order).flatMap((slice) =>
        coins.next().value ? (halveSlice(slice, order) ?? [slice]) : [slice],
      );
      const again = halved.flatMap((slice) => (coins.next().value ? (halveSlice(slice, order) ?? [slice]) : [slice]));
      expectTiling(counted, ascending(again, order));
    }),
  );
});

test('no slice of minutes weighs more than it may, and only the last one and those next to heavy ones have fewer rows', () => {
  fc.assert(
    fc.property(counts, target, (counted, size) => {
      const byMinute = new Map(counted.minutes.map((one) => [one.minute, one]));
      for (const slice of cutSlices(counted, size, 'ASC')) {
        if (slice.kind !== 'minutes') continue;
        const total = { rows: 0, bytes: 0 };
        for (const [from, to] of slice.runs) {
          for (let minute = from; minute < to; minute += 1) {
            total.rows += byMinute.get(minute)?.rows ?? 0;
            total.bytes += byMinute.get(minute)?.bytes ?? 0;
          }
        }
        expect(weightOf(total)).toBeLessThanOrEqual(size.bytes);
      }
    }),
  );
  const light = Array.from({ length: 100 }, (_, index) => ({ minute: FIRST + index, rows: 300, bytes: 300 }));
  const slices = cutSlices({ minutes: light, before: { rows: 0, bytes: 0 } }, { rows: 1_000, bytes: 1e9 }, 'DESC');
  expect(slices).toHaveLength(25);
});

describe('edges', () => {
  const none = { rows: 0, bytes: 0 };
  const one = { minute: FIRST, rows: 1_000, bytes: 1e9 };

  test('a file without rows has one slice that finds nothing', () => {
    expect(cutSlices({ minutes: [], before: none }, { rows: 1, bytes: 1 }, 'DESC')).toEqual([
      { kind: 'minutes', runs: [] },
    ]);
    expect(wholeSlice({ minutes: [], before: none })).toEqual({ kind: 'minutes', runs: [] });
  });

  test('rows before 1970 are the old end', () => {
    const counted = { minutes: [{ minute: FIRST, rows: 1, bytes: 1 }], before: { rows: 2, bytes: 2 } };
    const kinds = (order: 'ASC' | 'DESC') => cutSlices(counted, { rows: 9, bytes: 9 }, order).map(({ kind }) => kind);
    expect(kinds('DESC')).toEqual(['minutes', 'before']);
    expect(kinds('ASC')).toEqual(['before', 'minutes']);
    expect(wholeSlice(counted)).toEqual({ kind: 'whole' });
  });

  test('a minute that is too heavy is cut by exact time', () => {
    const slices = cutSlices({ minutes: [one], before: none }, { rows: 1_000, bytes: 5e8 }, 'DESC');
    expect(slices).toEqual([
      { kind: 'instants', from: (FIRST + 0.5) * MICROS_PER_MINUTE, to: (FIRST + 1) * MICROS_PER_MINUTE },
      { kind: 'instants', from: FIRST * MICROS_PER_MINUTE, to: (FIRST + 0.5) * MICROS_PER_MINUTE },
    ]);
  });

  test('what cannot be halved says so', () => {
    expect(halveSlice({ kind: 'instants', from: 5, to: 6 }, 'DESC')).toBeUndefined();
    expect(halveSlice({ kind: 'before' }, 'DESC')).toBeUndefined();
    expect(halveSlice({ kind: 'minutes', runs: [] }, 'DESC')).toBeUndefined();
  });
});
