import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coarsenRuns, countMinutes, halveRuns, runsOf } from '../../shared/minute-runs.ts';

describe('runs of minutes', () => {
  const minuteSets = fc
    .uniqueArray(fc.nat(2_000), { minLength: 1, maxLength: 200 })
    .map((minutes) => minutes.toSorted((left, right) => left - right));
  const expand = (runs: ReturnType<typeof runsOf>) =>
    new Set(runs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index)));

  test('hold exactly the given minutes', () => {
    fc.assert(
      fc.property(minuteSets, (minutes) => {
        expect(expand(runsOf(minutes))).toEqual(new Set(minutes));
      }),
    );
  });

  test('coarser runs cover the same minutes within the limit and stay apart', () => {
    fc.assert(
      fc.property(minuteSets, fc.integer({ min: 1, max: 50 }), (minutes, limit) => {
        const coarse = coarsenRuns(runsOf(minutes), limit);
        expect(coarse.length).toBeLessThanOrEqual(limit);
        for (const minute of minutes) expect(expand(coarse)).toContain(minute);
        for (const [index, [from]] of coarse.entries()) expect(from).toBeGreaterThan(coarse[index - 1]?.[1] ?? -1);
      }),
    );
  });

  test('halves hold the minutes once and differ by one at most', () => {
    fc.assert(
      fc.property(minuteSets, (minutes) => {
        const runs = runsOf(minutes);
        const before = structuredClone(runs);
        const [first, second] = halveRuns(runs);
        expect([...expand(first), ...expand(second)]).toEqual(minutes);
        expect(countMinutes(first) - countMinutes(second)).toBeOneOf([0, 1]);
        expect(runs).toEqual(before);
      }),
    );
  });
});
