import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { periodAt } from '../../shared/grid.ts';
import { ceilTo, floorTo, isFrequency, iso, lengthOf, MINUTE, stepsOf } from '../../shared/period.ts';
import { cadences, instants } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const at = (text: string) => Date.parse(text);
const startOf = (
  frequency: 'daily' | 'weekly' | 'hourly' | 'every_20_minutes',
  utcOffsetMinutes: number,
  text: string,
) => iso(floorTo({ frequency, utcOffsetMinutes }, at(text)));

describe('periods of every frequency and offset', () => {
  it('tile the line: each instant lies in one half-open period, and the next one begins where it ends', () => {
    fc.assert(
      fc.property(cadences, instants, (cadence, instant) => {
        const grid = [{ from: instant, cadence }];
        const period = periodAt(grid, instant);
        expect(period.start).toBeLessThanOrEqual(instant);
        expect(instant).toBeLessThan(period.end);
        expect(period.end - period.start).toBe(lengthOf(cadence.frequency));
        expect(periodAt(grid, period.end).start).toBe(period.end);
        expect(periodAt(grid, period.start - 1).end).toBe(period.start);
        expect(periodAt(grid, period.end - 1)).toEqual(period);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are aligned to the clock of their offset, not to where somebody began to count', () => {
    fc.assert(
      fc.property(cadences, instants, (cadence, instant) => {
        const start = new Date(floorTo(cadence, instant));
        const length = lengthOf(cadence.frequency);
        const local = new Date(start.getTime() + (length < lengthOf('daily') ? 0 : cadence.utcOffsetMinutes * MINUTE));
        const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
        if (length >= lengthOf('daily')) expect(local.getTime()).toBe(midnight);
        else expect((local.getTime() - midnight) % length).toBe(0);
        if (cadence.frequency === 'weekly') expect(local.getUTCDay()).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('have bounds that rounding leaves where they are, and round down and up to neighbours', () => {
    fc.assert(
      fc.property(cadences, instants, (cadence, instant) => {
        const [below, above] = [floorTo(cadence, instant), ceilTo(cadence, instant)];
        expect(above - below).toBe(below === instant ? 0 : lengthOf(cadence.frequency));
        for (const bound of [below, above]) {
          expect(floorTo(cadence, bound)).toBe(bound);
          expect(ceilTo(cadence, bound)).toBe(bound);
          expect(Object.is(bound, -0)).toBe(false);
        }
        const { anchor, length } = stepsOf(cadence);
        expect(Math.abs((below - anchor) % length)).toBe(0);
      }),
    );
  });
});

describe('a period', () => {
  it.each([
    ['a week begins on Monday', 'weekly', 0, '2026-03-04T10:00:00Z', '2026-03-02T00:00:00.000Z'],
    ['an ISO week spans the year end', 'weekly', 0, '2027-01-01T00:00:00Z', '2026-12-28T00:00:00.000Z'],
    ['a week of India begins on Sunday evening', 'weekly', 330, '2026-03-01T18:30:00Z', '2026-03-01T18:30:00.000Z'],
    [
      '… and the last moment before is the week before',
      'weekly',
      330,
      '2026-03-01T18:29:59.999Z',
      '2026-02-22T18:30:00.000Z',
    ],
    ['a day west of Greenwich', 'daily', -300, '2026-01-01T04:59:59.999Z', '2025-12-31T05:00:00.000Z'],
    ['hours know no offset', 'hourly', 330, '2026-01-01T04:59:59.999Z', '2026-01-01T04:00:00.000Z'],
    ['twenty minutes know no offset', 'every_20_minutes', 345, '2026-01-01T04:59:59.999Z', '2026-01-01T04:40:00.000Z'],
    ['before 1970', 'hourly', 0, '1969-12-31T23:59:59.999Z', '1969-12-31T23:00:00.000Z'],
    ['the first Monday of the epoch', 'weekly', 0, '1970-01-04T23:59:59.999Z', '1969-12-29T00:00:00.000Z'],
    ['a leap day', 'daily', 0, '2028-02-29T12:00:00Z', '2028-02-29T00:00:00.000Z'],
  ] as const)('%s', (_, frequency, offset, instant, start) => {
    expect(startOf(frequency, offset, instant)).toBe(start);
  });
});

describe('a frequency in seconds', () => {
  it.each(
    [1, 7, 1_200, 864, 1_201, 0, 3_600, -5].map(
      (seconds) => [seconds, seconds >= 1 && seconds <= 1_200 && 86_400 % seconds === 0] as const,
    ),
  )('of %i is accepted: %s', (seconds, accepted) => expect(isFrequency(`every_${seconds}_seconds`)).toBe(accepted));

  it.each(['every_07_seconds', 'every_7.5_seconds', 'every__seconds', 'every_1e2_seconds', 'HOURLY', '', null, 20, {}])(
    '%j is none',
    (value) => expect(isFrequency(value)).toBe(false),
  );
});
