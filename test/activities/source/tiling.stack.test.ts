import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Window } from '../../../shared/activities.ts';
import { HOUR, iso, MINUTE } from '../../../shared/period.ts';
import { identities, openSourceWorld, type SourceWorld } from './source-world.ts';

const DAY_ONE = Date.UTC(2026, 2, 1);
const BORDER = Date.UTC(2026, 2, 3);
let own: SourceWorld;
let truth: string[];

/** Rows over three days, some on the very bounds, versions in parts that are not merged, deletions, and odd years. */
beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  const insert = (rows: string) =>
    own.command(
      `INSERT INTO ${database}.events_full (project_id, trace_id, span_id, start_time, updated_at, event_ts, is_deleted, name, user_id) ${rows}`,
    );
  const columns = (version: number, updated: string, deleted = 0) =>
    `'${projectId}', concat('trace', toString(n % 7)), toString(n), start, ${updated}, toDateTime64('2026-03-01 00:00:00', 6, 'UTC') + ${version}, ${deleted}, 'v${version}', if(n % 2 = 0, '', 'user')`;
  const rows = (from: number, to: number) =>
    `(SELECT number AS n, addMicroseconds(toDateTime64('2026-03-01 00:00:00', 6, 'UTC'), intDiv(number, 4) * 900000000 + (number % 4 = 1) * 500000 - (number % 4 = 3)) AS start FROM numbers(${from}, ${to - from}))`;
  await own.command(`SYSTEM STOP MERGES ${database}.events_full`);
  await own.command(`SYSTEM STOP MERGES ${database}.events_core`);
  await insert(`SELECT ${columns(1, 'start + 60')} FROM ${rows(0, 1152)}`);
  // Newer versions: written before the border, exactly on it, and after it; then deletions.
  await insert(`SELECT ${columns(2, "toDateTime64('2026-03-02 23:59:59.999999', 6, 'UTC')")} FROM ${rows(100, 120)}`);
  await insert(`SELECT ${columns(2, "toDateTime64('2026-03-03 00:00:00', 6, 'UTC')")} FROM ${rows(120, 140)}`);
  await insert(`SELECT ${columns(3, "toDateTime64('2026-03-03 12:00:00', 6, 'UTC')")} FROM ${rows(110, 130)}`);
  await insert(`SELECT ${columns(4, "toDateTime64('2026-03-03 13:00:00', 6, 'UTC')", 1)} FROM ${rows(200, 210)}`);
  await insert(`SELECT ${columns(4, "toDateTime64('2026-03-02 13:00:00', 6, 'UTC')", 1)} FROM ${rows(210, 220)}`);
  const years = [
    '1900-01-01',
    '1969-12-31',
    '1970-01-01',
    '1970-01-02',
    '2105-12-31',
    '2106-01-01',
    '2106-02-08',
    '2299-12-31',
  ];
  for (const [index, year] of years.entries()) {
    const start = `toDateTime64('${year} 11:59:00.5', 6, 'UTC') AS start`;
    const before = `toDateTime64('2026-03-01 12:00:00', 6, 'UTC')`;
    const after = `toDateTime64('2026-03-03 00:10:00', 6, 'UTC')`;
    await insert(`SELECT ${columns(1, before)} FROM (SELECT ${start}, 5000 + ${index} AS n)`);
    await insert(`SELECT ${columns(1, after)} FROM (SELECT ${start}, 6000 + ${index} AS n)`);
    // Superseded across the border: live only.
    await insert(`SELECT ${columns(1, before)} FROM (SELECT ${start}, 7000 + ${index} AS n)`);
    await insert(`SELECT ${columns(2, after)} FROM (SELECT ${start}, 7000 + ${index} AS n)`);
  }
  const result = await own.world.clickhouse.client.query({
    query: `SELECT span_id AS id, argMax(name, event_ts) AS version, any(start_time) AS start FROM events_full
      GROUP BY span_id, trace_id, start_time HAVING argMax(is_deleted, event_ts) = 0`,
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_output_format: 'iso' },
  });
  const newest = await result.json<{ id: string; version: string; start: string }>();
  truth = newest.map(({ id, version, start }) => `${id}@${start}@${version}`).sort();
});
afterAll(() => own.close());

const versions = (rows: ReadonlyArray<Record<string, unknown>>) =>
  rows.map(({ id, start_time, name }) => `${id}@${start_time}@${name}`).sort();

function windows(axis: Window['axis'], from: number, to: number, length: number, more: Partial<Window> = {}): Window[] {
  const count = Math.ceil((to - from) / length);
  return Array.from({ length: count }, (_, index) => ({
    axis,
    start: iso(from + index * length),
    end: iso(from + (index + 1) * length),
    ...more,
  }));
}

/** The windows of a whole history; the last one is open, as the last of a backfill is. */
function history(length: number, updatedBefore: string): Window[] {
  const all = windows('event', DAY_ONE - HOUR, DAY_ONE + 73 * HOUR, length, { updatedBefore });
  // As a week does, the first one begins before the years that the key understands.
  const early: Window = { axis: 'event', start: '1969-12-29T00:00:00.000Z', end: iso(DAY_ONE - HOUR), updatedBefore };
  const last = all.at(-1);
  if (last) Object.assign(last, { open: true, beforeEpoch: true });
  return [early, ...all];
}

async function all(list: readonly Window[], rows?: number): Promise<Array<Record<string, unknown>>> {
  const found: Array<Record<string, unknown>> = [];
  for (const window of list) found.push(...(await own.rowsOf(window, rows === undefined ? {} : { rows })));
  return found;
}

test('there are rows to lose', () => {
  expect(truth.length).toBe(1152 - 20 + 24);
});

describe('backfill', () => {
  test.each([6 * HOUR, 7 * HOUR + 20 * MINUTE, 74 * HOUR])(
    'periods of %d ms hold the whole table together, each row once',
    async (length) => {
      const rows = await all(history(length, '2100-01-01T00:00:00.000Z'));
      expect(versions(rows)).toEqual(truth);
    },
  );

  test('so do bounds inside a minute', async () => {
    const rows = await all(history(5 * HOUR + 7_000 + 501, '2100-01-01T00:00:00.000Z'));
    expect(versions(rows)).toEqual(truth);
  });

  test('many small parts and hash ranges change nothing', async () => {
    const rows = await all(history(37 * HOUR, '2100-01-01T00:00:00.000Z'), 20);
    expect(versions(rows)).toEqual(truth);
  });

  test('from a date on: no older rows, and no rows dated before 1970', async () => {
    const open: Window = { axis: 'event', start: iso(DAY_ONE + 24 * HOUR), end: iso(DAY_ONE + 48 * HOUR), open: true };
    const expected = truth.filter((row) => (row.split('@')[1] ?? '') >= '2026-03-02');
    expect(versions(await all([open]))).toEqual(expected);
  });
});

describe('live', () => {
  test('backfill before the border and live from it on hold the whole table, each row once', async () => {
    const backfill = await all(history(24 * HOUR, iso(BORDER)));
    const live = await all(windows('updated', BORDER, BORDER + 24 * HOUR, 80 * MINUTE));
    expect(backfill.length).toBeGreaterThan(700);
    expect(live.length).toBeGreaterThan(40);
    expect(versions([...backfill, ...live])).toEqual(truth);
  });

  test('a live period holds the newest version only, and deleted rows not at all', async () => {
    const [noon] = windows('updated', BORDER + 12 * HOUR, BORDER + 13 * HOUR, HOUR);
    const rows = noon ? await own.rowsOf(noon) : [];
    const updated = rows.filter(({ name }) => name === 'v3');
    expect(updated.map(({ id }) => Number(id)).sort()).toEqual(
      Array.from({ length: 20 }, (_, index) => 110 + index).sort(),
    );
    const ids = (await all(history(74 * HOUR, '2100-01-01T00:00:00.000Z'))).map(({ id }) => Number(id));
    expect(ids.filter((id) => id >= 200 && id < 220)).toEqual([]);
  });

  test('with a start date: rows dated earlier stay out, whatever their year', async () => {
    const eventFrom = '2026-03-02T00:00:00.000Z';
    const live = windows('updated', BORDER, BORDER + 24 * HOUR, 24 * HOUR);
    const everything = await all(live);
    const late = await all(live.map((window) => ({ ...window, eventFrom })));
    expect(identities(late)).toEqual(
      identities(everything.filter(({ start_time }) => String(start_time) >= eventFrom)),
    );
    expect(late.some(({ start_time }) => String(start_time) > '2200')).toBe(true);
    expect(everything.some(({ start_time }) => String(start_time) < '1901')).toBe(true);
  });

  test('planned in periods of seconds, nothing is lost on their bounds', async () => {
    const from = BORDER - 1_000;
    const seconds = windows('updated', from, from + 4_000, 1_000);
    const rows = await all(seconds);
    const [whole] = windows('updated', from, from + 4_000, 4_000);
    expect(identities(rows)).toEqual(identities(whole ? await own.rowsOf(whole) : []));
    expect(rows.length).toBeGreaterThanOrEqual(20);
  });
});

describe('whatever the server is set to', () => {
  test.each(['America/New_York', 'Asia/Kolkata'])('session time zone %s changes nothing', async (session_timezone) => {
    const source = own.open({ settings: { session_timezone } });
    const [window] = windows('event', DAY_ONE + 5 * HOUR, DAY_ONE + 9 * HOUR, 4 * HOUR);
    const [live] = windows('updated', BORDER, BORDER + HOUR, HOUR);
    for (const one of [window, live]) {
      if (!one) continue;
      const here = await source.planParts(own.selection, one, { rows: 20, bytes: 2 ** 30 }, own.stream());
      expect(here).toEqual(await own.source.planParts(own.selection, one, { rows: 20, bytes: 2 ** 30 }, own.stream()));
      for (const part of here) {
        const { bytes } = await own.read(one, part, { source });
        expect(bytes).toEqual((await own.read(one, part)).bytes);
      }
    }
  });

  test('names of columns mean the table, never the exported value beside them', async () => {
    // `user_id` is exported as null where it is '': a filter on the alias would find nothing.
    const [window] = windows('event', DAY_ONE, DAY_ONE + HOUR, HOUR);
    const rows = window ? await own.rowsOf(window) : [];
    expect(rows.some(({ user_id }) => user_id === null)).toBe(true);
    expect(rows.every(({ project_id }) => project_id === own.selection.projectId)).toBe(true);
  });
});
