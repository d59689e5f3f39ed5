import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Selection } from '../../../activities/source/source.ts';
import type { Window } from '../../../shared/activities.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../shared/period.ts';
import { openSourceWorld, type SourceWorld } from './source-world.ts';

/**
 * The sort keys of the legacy tables hold the day of a row, not its time: a newer version may lie hours away on the same day. What a
 * period holds is told by the newest version alone.
 */
const START = Date.UTC(2026, 2, 30);
const BORDER = Date.UTC(2026, 3, 3);
const TABLES = [
  { source: 'traces', time: 'timestamp', more: '', values: '' },
  {
    source: 'observations',
    time: 'start_time',
    more: ', type, trace_id',
    values: `, ['SPAN', 'GENERATION'][1 + id % 2], 't'`,
  },
  { source: 'scores', time: 'timestamp', more: ', value, source, data_type', values: `, id / 10, 'API', 'NUMERIC'` },
] as const;

let own: SourceWorld;
const truths = new Map<string, string[]>();

/** 960 rows over four days across a month's end; a third gets a newer version at another time of the same day, some are deleted. */
beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  for (const { source, time, more, values } of TABLES) {
    await own.command(`SYSTEM STOP MERGES ${database}.${source}`);
    const instant = (text: string) => `toDateTime64('${text}', 3, 'UTC')`;
    const rows = (at: string, ids: string, version: number, updated: string, deleted = 0) =>
      own.command(`INSERT INTO ${database}.${source}
        (project_id, id, name, ${time}, created_at, updated_at, event_ts, is_deleted${more})
        SELECT '${projectId}', toString(id), 'name', ${at}, ${instant('2026-03-30 00:00:00')}, ${updated},
          ${instant('2026-04-01 00:00:00')} + ${version}, ${deleted}${values} FROM (SELECT number AS id FROM numbers(960) WHERE ${ids})`);
    const first = `${instant('2026-03-30 00:00:00')} + id * 360 + 0.5`;
    const day = `toDateTime64(toStartOfDay(${first}, 'UTC'), 3, 'UTC')`;
    await rows(first, '1', 1, first);
    // The same day, mirrored: from the first hour to the last, and on bounds of minutes and hours.
    await rows(`${day} + 86399.999 - (id % 240) * 360`, 'number % 3 = 0', 2, instant('2026-04-02 00:00:00'));
    await rows(`${day} + (id % 24) * 3600`, 'number % 7 = 0', 3, `${instant('2026-04-03 00:00:00')} + id`);
    await rows(first, 'number % 50 = 1', 4, `${instant('2026-04-03 06:00:00')} + id`, 1);
    const years = [
      '1900-01-01',
      '1969-12-31',
      '1970-01-01',
      '1970-01-02',
      '2105-12-31',
      '2106-01-01',
      '2148-06-01',
      '2299-12-31',
    ];
    for (const [index, year] of years.entries())
      await rows(instant(`${year} 11:59:00.5`), `number = ${900 + index}`, 9, instant('2026-04-01 12:00:00'));
    const result = await own.world.clickhouse.client.query({
      query: `SELECT id, argMax(${time}, event_ts) AS at, argMax(updated_at, event_ts) AS updated FROM ${source}
        GROUP BY id, toDate(${time}) HAVING argMax(is_deleted, event_ts) = 0`,
      format: 'JSONEachRow',
      clickhouse_settings: { date_time_output_format: 'iso' },
    });
    const newest = await result.json<{ id: string; at: string; updated: string }>();
    truths.set(source, newest.map(({ id, at, updated }) => `${id}@${at}@${updated}`).sort());
  }
});
afterAll(() => own.close());

describe.each(TABLES)('$source', ({ source, time }) => {
  const selection = (): Selection => ({ ...own.selection, source });
  const truth = () => truths.get(source) ?? [];
  const names = (rows: ReadonlyArray<Record<string, unknown>>) =>
    rows.map((row) => `${row.id}@${row[time]}@${row.updated_at}`).sort();

  async function all(windows: readonly Window[], rows?: number, chosen: Selection = selection()): Promise<string[]> {
    const found: Array<Record<string, unknown>> = [];
    for (const window of windows)
      found.push(...(await own.rowsOf(window, { selection: chosen, ...(rows !== undefined && { rows }) })));
    return names(found);
  }
  const periods = (
    axis: Window['axis'],
    from: number,
    to: number,
    length: number,
    more: Partial<Window> = {},
  ): Window[] =>
    Array.from({ length: Math.ceil((to - from) / length) }, (_, index) => ({
      ...{ axis, start: iso(from + index * length), end: iso(from + (index + 1) * length) },
      ...more,
    }));
  const history = (length: number, updatedBefore = '2200-01-01T00:00:00.000Z'): Window[] => {
    const early: Window = { axis: 'event', start: '1969-12-29T00:00:00.000Z', end: iso(START), updatedBefore };
    const list = periods('event', START, BORDER, length, { updatedBefore });
    const last = list.at(-1);
    if (last !== undefined) Object.assign(last, { open: true, beforeEpoch: true });
    return [early, ...list];
  };

  test.each([3 * HOUR, 7 * HOUR + 20 * MINUTE, DAY, 5 * DAY])(
    'periods of %d ms hold every newest version once',
    async (length) => {
      expect(truth().length).toBeGreaterThan(900);
      expect(await all(history(length))).toEqual(truth());
    },
  );

  test('bounds inside a minute, small parts and ranges of the hash change nothing', async () => {
    expect(await all(history(5 * HOUR + 7_501))).toEqual(truth());
    expect(await all(history(37 * HOUR), 60)).toEqual(truth());
  });

  test('backfill before a border and live from it on hold every newest version once', async () => {
    const backfill = await all(history(DAY, iso(BORDER)));
    const live = await all(periods('updated', BORDER, BORDER + DAY, 3 * HOUR));
    expect(live.length).toBeGreaterThan(100);
    expect([...backfill, ...live].sort()).toEqual(truth());
  });

  test('live periods look back as many days as they are told', async () => {
    const windows = periods('updated', BORDER, BORDER + DAY, DAY);
    const twoDays = await all(windows, undefined, { ...selection(), lookBackDays: 2 });
    const expected = (await all(windows)).filter((row) => (row.split('@')[1] ?? '') >= iso(BORDER - 2 * DAY));
    expect(twoDays).toEqual(expected);
    expect(twoDays.length).toBeLessThan((await all(windows)).length);
  });

  test('planning finds rows in every period that has some', async () => {
    const query = { axis: 'event' as const, anchorMs: START, lengthMs: HOUR };
    const { periods: counted } = await own.source.planSpan(selection(), {
      ...query,
      from: iso(START),
      to: iso(BORDER),
    });
    const hours = new Set(
      truth()
        .map((row) => Math.floor((Date.parse(row.split('@')[1] ?? '') - START) / HOUR))
        .filter((hour) => hour >= 0 && hour < 96),
    );
    expect([...hours].filter((hour) => !counted.some(([period]) => period === hour))).toEqual([]);
    const survey = await own.source.surveyHistory(selection(), { updatedBefore: '2200-01-01T00:00:00.000Z' });
    expect(survey).toMatchObject({ earliest: '1970-01-02T11:59:00.500Z', outside: 6 });
  });

  test('the late sweep finds what came after the live period, and nothing else', async () => {
    const [window] = periods('updated', BORDER, BORDER + DAY, DAY);
    if (window === undefined) return;
    const scope = { projectId: own.selection.projectId, integrationId: `sweep-${source}` };
    const stream = () => ({ ...own.stream(), delivered: scope });
    await own.source.registerDelivered(selection(), window, stream());
    const span = {
      axis: 'updated' as const,
      from: window.start,
      to: window.end,
      anchorMs: BORDER,
      lengthMs: DAY,
      late: 2,
    };
    expect((await own.source.findLateRows(selection(), span, scope)).periods).toEqual([]);
    const { database } = own.world.clickhouse;
    await own.command(`INSERT INTO ${database}.${source} (project_id, id, name, ${time}, updated_at, event_ts, is_deleted)
      SELECT '${own.selection.projectId}', 'late', 'name', toDateTime64('2026-04-02 05:00:00', 3, 'UTC'), toDateTime64('2026-04-03 05:00:00', 3, 'UTC'),
      toDateTime64('2026-04-03 05:00:00', 3, 'UTC'), 0`);
    expect((await own.source.findLateRows(selection(), span, scope)).periods).toEqual([[0, 1]]);
  });

  test.each(['jsonl', 'csv', 'json', 'parquet'] as const)('has the columns of every group as %s', async (format) => {
    const columns = await own.source.columns({ ...selection(), format });
    expect(columns.slice(0, 2).map(({ name }) => name)).toContain('id');
    expect(columns.map(({ name }) => name)).toContain('metadata');
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  });
});
