import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createQueryRunner, type QueryRunner } from '../../activities/source/query-runner.ts';
import { commonSettings } from '../../activities/source/settings.ts';
import { createTables } from '../../dev/tables/create-tables.ts';
import { compileFilters, type FilterSet, needsFullTable, orderBy } from '../../shared/filters/compile.ts';
import type { Filter } from '../../shared/filters/filter.ts';
import { ORDER_COLUMNS } from '../../shared/filters/order.ts';
import { eventsSource } from '../../shared/sources/events.ts';
import { createWorld, type World } from '../support/world.ts';
import { isFound, matches, sorted } from './evaluate.ts';
import { COLUMNS, examplesOf } from './examples.ts';
import { type Row, rowsOf, stored, TEXTS } from './rows.ts';

let world: World;
let runner: QueryRunner;
let rows: Row[];
const settings = commonSettings(
  { maxMemoryBytes: 2 ** 30, maxExecutionSeconds: 60, maxThreads: 1 },
  eventsSource.key.settings,
);

beforeAll(async () => {
  world = await createWorld();
  const { client, database, url, user, password } = world.clickhouse;
  await createTables({ command: (query) => client.command({ query }), database });
  runner = createQueryRunner({ url, user, password, database });
  rows = rowsOf(world.projectId);
  const insert = (values: Array<Record<string, unknown>>) =>
    client.insert({ table: 'events_full', values, format: 'JSONEachRow' });
  // Superseded versions with the values of other rows, which must match nothing, and a row that was deleted.
  const others = rows.map((row, at) => ({ ...(rows[(at + 1) % rows.length] ?? row), ...keyOf(row) }));
  await insert(others.map((row) => stored(row, { event_ts: '2026-01-01 00:00:00' })));
  await insert(rows.map((row) => stored(row, { event_ts: '2026-01-02 00:00:00' })));
  const [first] = rows;
  if (first !== undefined) {
    const deleted = { ...first, span_id: 'deleted' };
    await insert([stored(deleted, { event_ts: '2026-01-02 00:00:00' })]);
    await insert([stored(deleted, { event_ts: '2026-01-03 00:00:00', is_deleted: 1 })]);
  }
});
afterAll(async () => {
  await runner.close();
  await world.cleanup();
});

/** What versions of a row have in common. */
function keyOf(row: Row): Pick<Row, 'span_id' | 'start_time' | 'texts'> {
  const other = rows[(rows.indexOf(row) + 1) % rows.length] ?? row;
  return {
    span_id: row.span_id,
    start_time: row.start_time,
    texts: { ...other.texts, trace_id: row.texts.trace_id ?? '' },
  };
}

async function idsOf(set: FilterSet, { order = '', table = 'events_full' } = {}): Promise<string[]> {
  const { rest, params } = compileFilters(set, eventsSource.filters);
  const where = rest.length === 0 ? '' : `WHERE ${rest.join(' AND ')}`;
  const sql = `SELECT e.span_id FROM ${table} AS e FINAL PREWHERE e.project_id = {project:String} ${where} ${order}`;
  const found = await runner.rows({ sql, params: { ...params, project: world.projectId } }, z.tuple([z.string()]), {
    settings,
  });
  return found.map(([id]) => id);
}

/** Filters whose rows are others than ClickHouse's. */
async function differences(filters: Filter[]): Promise<string[]> {
  const found: string[] = [];
  for (const [index, filter] of filters.entries()) {
    const set = { filters: [filter] };
    const table = needsFullTable(set) || index % 2 === 0 ? 'events_full' : 'events_core';
    const ids = (await idsOf(set, { table })).sort();
    const expected = rows.flatMap((row) => (matches(row, filter) ? row.span_id : [])).sort();
    if (JSON.stringify(ids) !== JSON.stringify(expected))
      found.push(`${JSON.stringify(filter)} in ${table}: ${JSON.stringify({ ids, expected })}`);
  }
  return found;
}

describe('a filter matches the rows that it means', () => {
  test.concurrent.for(COLUMNS)('%s', async (column, { expect }) => {
    const filters = examplesOf(column);
    expect(filters.length).toBeGreaterThan(3);
    expect(await differences(filters)).toEqual([]);
    const hits = filters.map((filter) => rows.filter((row) => matches(row, filter)).length);
    expect(hits.some((hit) => hit > 0 && hit < rows.length)).toBe(true);
  });
});

test('several filters must all hold, and none means every row', async () => {
  const filters = [examplesOf('name')[1], examplesOf('bookmarked')[0], examplesOf('totalTokens')[3]].flatMap(
    (filter) => filter ?? [],
  );
  for (let count = 0; count <= filters.length; count += 1) {
    const some = filters.slice(0, count);
    const expected = rows.filter((row) => some.every((filter) => matches(row, filter)));
    expect((await idsOf({ filters: some })).sort()).toEqual(expected.map((row) => row.span_id).sort());
  }
});

test('values that are too long for a URL arrive all the same', async () => {
  const long = "é'\\%".repeat(2_500);
  const options = Array.from({ length: 1_000 }, (_, at) => `👍' ${at}`);
  const base = { column: 'name', key: undefined } as const;
  const filters: Filter[] = [
    { ...base, type: 'string', operator: 'does not contain', value: long },
    { ...base, type: 'stringOptions', operator: 'none of', value: [...options, 'plain'] },
    { ...base, column: 'traceTags', type: 'arrayOptions', operator: 'any of', value: [...options, 'plain'] },
    { column: 'metadata', key: 'a', type: 'stringObject', operator: 'contains', value: '' },
  ];
  const expected = rows.filter((row) => filters.every((filter) => matches(row, filter)));
  expect(expected.length).toBeGreaterThan(5);
  expect((await idsOf({ filters })).sort()).toEqual(expected.map((row) => row.span_id).sort());
  const hit: Filter = { ...base, type: 'stringOptions', operator: 'any of', value: [...options, ...TEXTS] };
  expect(
    await differences([hit, { ...base, type: 'stringOptions', operator: 'any of', value: [...options, "O'Brien"] }]),
  ).toEqual([]);
});

test('a search finds text in any of its places, whatever the case, wildcards have no meaning', async () => {
  const queries = ['PLAIN', "o'brien", '%', '_', '\\', '👍', 'äußere', '#1', 'a_B', '\n', 'no such', '{F0:'];
  for (const query of queries) {
    for (const types of [['id'], ['content'], ['id', 'content']] as const) {
      const search = { query, types: [...types] };
      const expected = rows.filter((row) => isFound(row, search)).map((row) => row.span_id);
      expect((await idsOf({ filters: [], search })).sort(), `${query} ${types}`).toEqual(expected.sort());
    }
  }
});

test.each(ORDER_COLUMNS.filter((column) => COLUMNS.includes(column)))(
  'the order by %s is total, nulls last',
  async (column) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const order = { column, direction };
      const expected = sorted(rows, order).map((row) => row.span_id);
      expect(await idsOf({ filters: [] }, { order: `ORDER BY ${orderBy(order, eventsSource.filters)}` })).toEqual(
        expected,
      );
    }
  },
);
