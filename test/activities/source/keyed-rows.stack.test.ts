import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyOf } from '../../../activities/source/keyed-rows.ts';
import type { Window } from '../../../shared/activities.ts';
import { SOURCES, type SourceName } from '../../../shared/sources/catalog.ts';
import { SOURCE_DEFINITIONS } from '../../../shared/sources/definitions.ts';
import { bytesOf, jsonLines, openSourceWorld, type SourceWorld } from './source-world.ts';

/** Pages of any size hold every row of a part once, in the order of the sort key. */
let own: SourceWorld;
const DAY: Window = {
  axis: 'event',
  start: '2026-03-01T00:00:00.000Z',
  end: '2026-03-02T00:00:00.000Z',
  open: true,
  beforeEpoch: true,
};
const TIMES = { events: 'start_time', observations: 'start_time', traces: 'timestamp', scores: 'timestamp' };

beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  for (const source of SOURCES) {
    const table = source === 'events' ? 'events_full' : source;
    const id = source === 'events' ? 'span_id, trace_id' : 'id';
    const ids = source === 'events' ? `toString(number % 211), toString(number % 7)` : 'toString(number)';
    const text = source === 'scores' ? '' : `, input`;
    const texts = source === 'scores' ? '' : `, concat('é', repeat('x', number % 30))`;
    const pairs = source === 'events' ? 'metadata_names, metadata_values' : 'metadata';
    const values =
      source === 'events'
        ? `['$posthog_session_id'], [toString(number)]`
        : `map('$posthog_session_id', toString(number))`;
    const insert = (seconds: string, version: number, from: number, to: number) =>
      own.command(`INSERT INTO ${database}.${table} (project_id, ${id}, ${TIMES[source]}, updated_at, event_ts, name, is_deleted${text}, ${pairs})
        SELECT '${projectId}', ${ids}, toDateTime64('2026-03-01 00:00:00', 6, 'UTC') + ${seconds}, toDateTime64('2026-03-01 00:00:00', 6, 'UTC'),
        toDateTime64('2026-03-01 00:00:00', 6, 'UTC') + ${version}, 'v${version}', 0${texts}, ${values} FROM numbers(${from}, ${to - from})`);
    await own.command(`SYSTEM STOP MERGES ${database}.${table}`);
    // Many rows in one minute and in one instant, others far apart, and years that the key of events does not understand.
    await insert('intDiv(number, 3) * 0.25', 1, 0, 900);
    await insert('intDiv(number, 3) * 0.25', 2, 100, 300);
    await insert('number * 60', 1, 900, 1100);
    await insert('number * 86400 * 30', 1, 1100, 1130);
    await insert('4000000000 + number', 1, 1130, 1140);
    await insert('-4000000000 + number', 1, 1140, 1150);
  }
});
afterAll(() => own.close());

async function pagesOf(source: SourceName, limit: number): Promise<Array<Record<string, unknown>>> {
  const definition = SOURCE_DEFINITIONS[source];
  const selection = { ...own.selection, source };
  const parts = await own.source.planParts(selection, DAY, { rows: 400, bytes: 2 ** 30 }, own.stream());
  const found: Array<Record<string, unknown>> = [];
  for (const part of parts) {
    let after: readonly string[] | undefined;
    for (;;) {
      const page = { limit, sessionName: '$posthog_session_id', textBytes: 10, ...(after !== undefined && { after }) };
      const rows = jsonLines(await bytesOf(await own.keyed.streamPage(selection, DAY, part, page, own.stream())));
      found.push(...rows);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = rowKeyOf(keysOf(last), definition);
    }
  }
  return found;
}

function keysOf(row: Record<string, unknown>): Record<`_key${number}`, string> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
}

test.each(SOURCES)('pages of %s hold every row once, whatever their size', async (source) => {
  const time = TIMES[source];
  const whole = await own.rowsOf(DAY, { selection: { ...own.selection, source } });
  const name = (row: Record<string, unknown>) => `${row.id}@${row.trace_id}@${row[time]}@${row.name}`;
  expect(whole.length).toBeGreaterThan(1000);
  for (const limit of [7_000, 97])
    expect((await pagesOf(source, limit)).map(name).sort()).toEqual(whole.map(name).sort());
});

test.each(SOURCES)('rows of %s carry their session and, cut short, their texts', async (source) => {
  const rows = await pagesOf(source, 5_000);
  const chosen = SOURCE_DEFINITIONS[source].columns.map(({ name }) => name);
  expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining(chosen));
  expect(rows.every(({ vendor_session_id: session }) => /^\d+$/.test(String(session)))).toBe(true);
  if (source === 'scores') return;
  const long = rows.find(({ input_length: length }) => Number(length) === 30);
  expect(long).toMatchObject({ input: `é${'x'.repeat(8)}` });
});

test.each(SOURCES)('rows of %s are found again by id, wherever they lie', async (source) => {
  const all = await pagesOf(source, 5_000);
  const time = TIMES[source];
  // One in the midst of the others, one years ahead, and for events one that the key does not understand.
  const wanted = [all[50], all.filter((one) => String(one[time]) < '2029').at(-1)].filter((row) => row !== undefined);
  const columns = { sessionName: '$posthog_session_id', textBytes: 10 };
  const ids = wanted.map((row) => ({ id: String(row.id), eventTime: String(row[time]) }));
  const missing = { id: 'missing', eventTime: '2026-03-01T00:00:00.000Z' };
  const find = async (rows: typeof ids) =>
    jsonLines(await bytesOf(await own.keyed.streamRows({ ...own.selection, source }, rows, columns, own.stream())));
  const found = await find([...ids, missing]);
  expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids.map(({ id }) => id)));
  expect(found.every(({ id }) => ids.some((one) => one.id === id))).toBe(true);
  const odd = all
    .filter((row) => String(row[time]) > '2106')
    .map((row) => ({ id: String(row.id), eventTime: String(row[time]) }));
  expect(odd.length).toBeGreaterThan(0);
  expect((await find(odd.slice(0, 1))).map((row) => row[time])).toContain(odd[0]?.eventTime);
});
