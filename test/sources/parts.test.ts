import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../shared/activities.ts';
import { countMinutes } from '../../shared/minute-runs.ts';
import { type CountedMinute, cutParts, HASH_END, MAX_PARTS, splitPart, weightOf } from '../../shared/parts.ts';
import { MINUTE } from '../../shared/period.ts';

const countedMinutes = fc
  .uniqueArray(
    fc.record({
      minute: fc.integer({ min: 29_000_000, max: 29_003_000 }),
      rows: fc.integer({ min: 1, max: 5_000 }),
      bytes: fc.integer({ min: 1, max: 50_000_000 }),
    }),
    { selector: ({ minute }) => minute, maxLength: 300 },
  )
  .map((minutes) => minutes.toSorted((left, right) => left.minute - right.minute));

const targets = fc.record({
  rows: fc.integer({ min: 1, max: 20_000 }),
  bytes: fc.integer({ min: 1_000, max: 100_000_000 }),
});

/** Whether a row at this instant (epoch ms), with this hash, belongs to a part. */
function holds(part: Part, instant: number, hash: number): boolean {
  const [from, to] = part.hash ?? [0, HASH_END];
  if (hash < from || hash >= to) return false;
  if (part.slice.kind === 'range') return instant >= Date.parse(part.slice.from) && instant < Date.parse(part.slice.to);
  const minute = Math.floor(instant / MINUTE);
  return part.slice.kind === 'minutes' && part.slice.runs.some(([start, end]) => minute >= start && minute < end);
}

const owners = (parts: readonly Part[], instant: number, hash: number) =>
  parts.filter((part) => holds(part, instant, hash)).length;

const hashes = fc.oneof(fc.integer({ min: 0, max: HASH_END - 1 }), fc.constantFrom(0, HASH_END / 2, HASH_END - 1));

describe('cutParts', () => {
  test('ranges tile the window: every instant and hash belongs to exactly one part', () => {
    fc.assert(
      fc.property(
        countedMinutes,
        targets,
        fc.nat(119_999),
        fc.nat(3_000 * MINUTE),
        hashes,
        (minutes, target, odd, at, hash) => {
          const first = minutes[0];
          const last = minutes.at(-1);
          if (first === undefined || last === undefined) return;
          // A window may begin and end inside a minute.
          const from = first.minute * MINUTE - (odd % 3_600) + 1_000;
          const to = (last.minute + 1) * MINUTE + odd;
          const parts = cutParts(minutes, target, { kind: 'range', source: 'events', from, to });
          const instant = Math.min(from + at, to - 1);
          expect(owners(parts, instant, hash)).toBe(1);
          expect(owners(parts, from, hash)).toBe(1);
          expect(owners(parts, to - 1, hash)).toBe(1);
          expect(owners(parts, from - 1, hash) + owners(parts, to, hash)).toBe(0);
        },
      ),
    );
  });

  test('lists of minutes hold every counted minute exactly once', () => {
    fc.assert(
      fc.property(countedMinutes, targets, hashes, (minutes, target, hash) => {
        const parts = cutParts(minutes, target, { kind: 'minutes', source: 'events' });
        for (const { minute } of minutes) expect(owners(parts, minute * MINUTE + 59_999, hash)).toBe(1);
      }),
    );
  });

  test('no part exceeds the target unless it is one hash range of one minute, and none is empty', () => {
    fc.assert(
      fc.property(countedMinutes, targets, (minutes, target) => {
        const parts = cutParts(minutes, target, { kind: 'minutes', source: 'events' });
        expect(parts.length).toBeLessThanOrEqual(MAX_PARTS);
        const raised = parts.length > MAX_PARTS * 0.5;
        for (const part of parts) {
          expect(part.rows).toBeGreaterThan(0);
          const runs = part.slice.kind === 'minutes' ? part.slice.runs : [];
          if (countMinutes(runs) > 1 && !raised) {
            const own = minutes.filter(({ minute }) => runs.some(([from, to]) => minute >= from && minute < to));
            const weight = own.reduce((sum, counted) => sum + weightOf(counted), 0);
            expect(part.rows).toBeLessThanOrEqual(target.rows);
            expect(weight).toBeLessThanOrEqual(target.bytes);
          }
        }
        const rows = (list: readonly { rows: number }[]) => list.reduce((sum, one) => sum + one.rows, 0);
        expect(rows(parts)).toBe(rows(minutes));
        expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
      }),
    );
  });

  test('rows of common size make parts four times as large as large rows', () => {
    const minutesOf = (rowBytes: number) =>
      Array.from({ length: 100 }, (_, index) => ({ minute: index, rows: 10, bytes: 10 * rowBytes }));
    const cut = { kind: 'minutes', source: 'events' } as const;
    const [light] = cutParts(minutesOf(8_000), { rows: 1_000_000, bytes: 200_000 }, cut);
    const [heavy] = cutParts(minutesOf(10_000), { rows: 1_000_000, bytes: 200_000 }, cut);
    expect(light?.bytes).toBe(800_000);
    expect(heavy?.bytes).toBe(200_000);
  });

  test('a minute above the target is cut into hash ranges at once', () => {
    const minutes: CountedMinute[] = [
      { minute: 10, rows: 50, bytes: 500 },
      { minute: 11, rows: 400, bytes: 4_000 },
      { minute: 12, rows: 50, bytes: 500 },
    ];
    const parts = cutParts(minutes, { rows: 100, bytes: 1e9 }, { kind: 'minutes', source: 'events' });
    expect(parts.map(({ name, rows, hash }) => [name, rows, hash?.[0]])).toEqual([
      ['p0000', 50, undefined],
      ['p0001', 100, 0],
      ['p0002', 100, 2 ** 30],
      ['p0003', 100, 2 ** 31],
      ['p0004', 100, 3 * 2 ** 30],
      ['p0005', 50, undefined],
    ]);
  });

  test('a month of full minutes with a tiny target stays at 500 parts', () => {
    const minutes = Array.from({ length: 43_200 }, (_, minute) => ({ minute, rows: 10, bytes: 20_000 }));
    const parts = cutParts(
      minutes,
      { rows: 1, bytes: 1_000 },
      { kind: 'range', source: 'events', from: 0, to: 43_200 * MINUTE },
    );
    expect(parts.length).toBeLessThanOrEqual(MAX_PARTS);
    expect(parts.length).toBeGreaterThan(MAX_PARTS / 2);
  });

  test('the runs of a plan fit into one message', () => {
    const minutes = Array.from({ length: 200_000 }, (_, index) => ({ minute: index * 2, rows: 1, bytes: 100 }));
    const parts = cutParts(minutes, { rows: 10_000, bytes: 1e9 }, { kind: 'minutes', source: 'events' });
    expect(JSON.stringify(parts).length).toBeLessThan(1_900_000);
  });
});

describe('splitPart', () => {
  const parts = fc
    .tuple(countedMinutes, targets, fc.constantFrom('range' as const, 'minutes' as const))
    .filter(([minutes]) => minutes.length > 0)
    .chain(([minutes, target, kind]) => {
      const to = ((minutes.at(-1)?.minute ?? 0) + 1) * MINUTE;
      const from = (minutes[0]?.minute ?? 0) * MINUTE + 500;
      const cut =
        kind === 'range' ? { kind, source: 'events' as const, from, to } : { kind, source: 'events' as const };
      return fc.constantFrom(...cutParts(minutes, target, cut));
    });

  test('the halves hold together what the part held, each row once', () => {
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 29_000_000, max: 29_003_000 }),
        fc.nat(59_999),
        hashes,
        (part, minute, offset, hash) => {
          const halves = splitPart(part);
          if (halves === undefined) {
            expect(part.rows).toBe(1);
            return;
          }
          const instant = minute * MINUTE + offset;
          expect(owners(halves, instant, hash)).toBe(holds(part, instant, hash) ? 1 : 0);
          expect(halves.map(({ name }) => name)).toEqual([`${part.name}-0`, `${part.name}-1`]);
        },
      ),
    );
  });

  test('splitting ends: after minutes and hash nothing is left', () => {
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.boolean()), (start, choices) => {
        let part: Part | undefined = start;
        let depth = 0;
        while (part !== undefined) {
          const halves = splitPart(part);
          part = halves?.[choices.next().value ? 0 : 1];
          depth += 1;
          expect(depth).toBeLessThan(60);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('a part of one counted row cannot be split', () => {
    const part: Part = { name: 'p0003', source: 'events', slice: { kind: 'outside' }, rows: 1, bytes: 10 };
    expect(splitPart(part)).toBeUndefined();
    expect(splitPart({ ...part, rows: 2 })?.map(({ hash }) => hash)).toEqual([
      [0, 2 ** 31],
      [2 ** 31, 2 ** 32],
    ]);
  });
});
