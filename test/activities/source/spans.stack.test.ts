import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, iso, MINUTE } from '../../../shared/period.ts';
import { FAR, openPlanningWorld, START } from './planning-world.ts';
import type { SourceWorld } from './source-world.ts';

let own: SourceWorld;

beforeAll(async () => {
  own = await openPlanningWorld();
});
afterAll(() => own.close());

describe('spans', () => {
  const span = { anchorMs: START - 10 * DAY, lengthMs: DAY, updatedBefore: FAR };

  test('rows per period, counted from the anchor; rows beyond belong to the last period of an open span', async () => {
    const query = { ...span, axis: 'event' as const, from: iso(START), to: iso(START + 3 * DAY) };
    const closed = await own.source.planSpan(own.selection, query);
    const perDay = (day: number) => 1_800 + Math.ceil(((day + 1) * 1_800) / 30) - Math.ceil((day * 1_800) / 30);
    expect(closed.periods).toEqual([
      [10, perDay(0)],
      [11, perDay(1) + 2_000],
      [12, perDay(2)],
    ]);
    expect(Math.abs(Date.parse(closed.sourceNow) - Date.now())).toBeLessThan(HOUR);
    const open = await own.source.planSpan(own.selection, { ...query, open: true });
    // All 500 changed rows lie in the first nine days, some twice: versions that are not merged count each.
    const counted = open.periods.reduce((total, [, rows]) => total + rows, 0);
    expect(counted).toBeGreaterThanOrEqual(20_003);
    expect(counted).toBeLessThanOrEqual(20_503);
    expect(open.periods.at(-1)?.[0]).toBe(12);
  });

  test('an anchor behind the start, and a live span', async () => {
    const query = { axis: 'updated' as const, anchorMs: START + 30 * DAY, lengthMs: 20 * MINUTE };
    const { periods } = await own.source.planSpan(own.selection, {
      ...query,
      from: iso(START + 19 * DAY),
      to: iso(START + 20 * DAY),
    });
    expect(periods).toEqual([[(-11 * DAY) / (20 * MINUTE), 500]]);
  });

  test('no rows, no periods', async () => {
    const query = { ...span, axis: 'event' as const, from: iso(START + 40 * DAY), to: iso(START + 50 * DAY) };
    expect((await own.source.planSpan(own.selection, query)).periods).toEqual([]);
  });

  test('the history: earliest time, rows, rows beyond', async () => {
    const overview = await own.source.surveyHistory(own.selection, { updatedBefore: FAR });
    expect(overview).toMatchObject({ earliest: iso(START), outside: 3 });
    expect(overview.rows).toBeGreaterThanOrEqual(20_000);
    const later = await own.source.surveyHistory(own.selection, {
      updatedBefore: FAR,
      eventFrom: iso(START + 2 * DAY),
    });
    expect(later).toMatchObject({ earliest: iso(START + 2 * DAY), outside: 3 });
    const none = await own.source.surveyHistory({ ...own.selection, projectId: 'nobody' }, { updatedBefore: FAR });
    expect(none).toEqual({ rows: 0, outside: 0, sourceNow: none.sourceNow });
  });
});
