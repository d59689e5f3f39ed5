import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createQueryRunner, type QueryRunner } from '../../activities/source/query-runner.ts';
import { commonSettings, type Settings } from '../../activities/source/settings.ts';
import { createTables } from '../../dev/tables/create-tables.ts';
import { type FilterColumn, filterColumnsOf } from '../../shared/filters/columns.ts';
import { compileFilters, type FilterSet, orderBy } from '../../shared/filters/compile.ts';
import { type Filter, filtersSchema } from '../../shared/filters/filter.ts';
import { ORDER_COLUMNS, type Order } from '../../shared/filters/order.ts';
import { SOURCE_DEFINITIONS } from '../../shared/sources/definitions.ts';
import { createWorld, type World } from '../support/world.ts';
import { matches, sorted } from './evaluate.ts';
import { examplesOf } from './examples.ts';
import {
  isFoundIn,
  LEGACY_SOURCES,
  LEGACY_TABLES,
  type LegacySource,
  legacyRowsOf,
  storedIn,
  supersededBy,
} from './legacy-rows.ts';
import type { Row } from './rows.ts';

const IN_SORT_KEYS: ReadonlySet<FilterColumn> = new Set(['id', 'traceId', 'startTime', 'name', 'traceName', 'type']);

let world: World;
let runner: QueryRunner;
let rows: Row[];

/** Each version in a part of its own, none of which is merged: a superseded one, the newest one, and rows that were deleted. */
beforeAll(async () => {
  world = await createWorld();
  const { client, database, url, user, password } = world.clickhouse;
  const command = (query: string) => client.command({ query });
  await createTables({ command, database });
  runner = createQueryRunner({ url, user, password, database });
  rows = legacyRowsOf(world.projectId);
  for (const source of LEGACY_SOURCES) {
    await command(`SYSTEM STOP MERGES ${database}.${source}`);
    const insert = (versions: readonly Row[], at: string, deleted = false) =>
      client.insert({
        table: source,
        values: versions.map((row) => storedIn(source, row, at, deleted)),
        format: 'JSONEachRow',
      });
    await insert(
      rows.map((row, at) => supersededBy(source, row, rows[(at + 1) % rows.length] ?? row)),
      '2026-01-01 00:00:00',
    );
    await insert(rows, '2026-01-02 00:00:00');
    // A map may hold a name twice; the first one counts.
    await command(`INSERT INTO ${source} SELECT * REPLACE (event_ts + 1 AS event_ts,
      mapFromArrays(arrayConcat(mapKeys(metadata), mapKeys(metadata)),
        arrayConcat(mapValues(metadata), arrayMap(value -> 'not this', mapValues(metadata)))) AS metadata)
      FROM ${source} WHERE notEmpty(metadata) AND event_ts = '2026-01-02 00:00:00'`);
    const gone = rows.slice(0, 5).map((row) => ({ ...row, span_id: `deleted ${row.span_id}` }));
    await insert(gone, '2026-01-02 00:00:00');
    await insert(gone, '2026-01-03 00:00:00', true);
  }
});
afterAll(async () => {
  await runner.close();
  await world.cleanup();
});

interface Asked {
  order?: Order;
  project?: string;
  settings?: Settings;
}

function ask<T>(
  source: LegacySource,
  { select = 'e.id', where = '', by = '' },
  row: z.ZodType<T>,
  params: Record<string, string | number | string[]>,
  { project = world.projectId, settings = {} }: Asked = {},
): Promise<T[]> {
  const sql = `SELECT ${select} FROM ${source} AS e FINAL PREWHERE e.project_id = {project:String} ${where} ${by}`;
  const limits = { maxMemoryBytes: 2 ** 30, maxExecutionSeconds: 60, maxThreads: 1 };
  const ofKey = SOURCE_DEFINITIONS[source].key.settings;
  return runner.rows({ sql, params: { ...params, project } }, row, {
    settings: { ...commonSettings(limits, ofKey), ...settings },
  });
}

async function idsOf(source: LegacySource, set: FilterSet, asked: Asked = {}): Promise<string[]> {
  const { filters } = SOURCE_DEFINITIONS[source];
  const { rest, params } = compileFilters(set, filters);
  const where = rest.length === 0 ? '' : `WHERE ${rest.join(' AND ')}`;
  const by = asked.order === undefined ? '' : `ORDER BY ${orderBy(asked.order, filters)}`;
  return (await ask(source, { where, by }, z.tuple([z.string()]), params, asked)).map(([id]) => id);
}

/** Of every filter the rows that it matches. They are asked for together, in few queries. */
async function idsOfEach(source: LegacySource, filters: readonly Filter[]): Promise<string[][]> {
  const found: string[][] = [];
  for (let at = 0; at < filters.length; at += 40) {
    const some = filters.slice(at, at + 40);
    const { rest, params } = compileFilters({ filters: some }, SOURCE_DEFINITIONS[source].filters);
    const select = `e.id, [${rest.map((condition) => `if(${condition}, 1, 0)`).join(', ')}]`;
    const answers = await ask(source, { select }, z.tuple([z.string(), z.array(z.number())]), params);
    for (const nth of some.keys()) found.push(answers.flatMap(([id, hits]) => (hits[nth] === 1 ? [id] : [])).sort());
  }
  return found;
}

const seen = (source: LegacySource) => rows.map(LEGACY_TABLES[source].seen);
const meant = (source: LegacySource, filters: readonly Filter[]) =>
  seen(source)
    .filter((row) => filters.every((filter) => matches(row, filter)))
    .map((row) => row.span_id)
    .sort();

describe.each(LEGACY_SOURCES)('%s', (source) => {
  test.concurrent.for(filterColumnsOf(source))(
    'a filter by %s matches the rows that it means',
    async (column, { expect }) => {
      const filters = examplesOf(column);
      const expected = filters.map((filter) => meant(source, [filter]));
      const found = await idsOfEach(source, filters);
      const pairs = filters.map((filter, at) => ({ filter, found: found[at], expected: expected[at] }));
      expect(pairs.filter((pair) => JSON.stringify(pair.found) !== JSON.stringify(pair.expected))).toEqual([]);
      // As the condition of a query of its own; with every operator where it could reach the sort key.
      const telling = pairs.filter((pair) => pair.expected?.length !== 0 && pair.expected?.length !== rows.length);
      expect(telling).not.toEqual([]);
      const kindOf = ({ type, operator }: Filter) => (IN_SORT_KEYS.has(column) ? `${type} ${operator}` : type);
      const ofKinds = new Map(telling.map((pair) => [kindOf(pair.filter), pair]));
      for (const { filter, expected } of ofKinds.values())
        expect((await idsOf(source, { filters: [filter] })).sort(), JSON.stringify(filter)).toEqual(expected);
    },
  );

  test('several filters must all hold, and none means every row', async () => {
    const filters = filtersSchema.parse([
      { column: 'name', type: 'string', operator: 'does not contain', value: 'a' },
      { column: 'startTime', type: 'datetime', operator: '>', value: '1970-01-01' },
      { column: 'metadata', key: 'a', type: 'stringObject', operator: 'does not contain', value: '%' },
    ]);
    for (let count = 0; count <= filters.length; count += 1) {
      const some = filters.slice(0, count);
      expect((await idsOf(source, { filters: some })).sort()).toEqual(meant(source, some));
    }
    expect(meant(source, filters).length).toBeGreaterThan(5);
  });

  test('a search finds text in any of its places, whatever the case, wildcards have no meaning', async () => {
    for (const query of ['PLAIN', "o'brien", '%', '\\', '👍', 'äußere', '#1', 'a_B', '\n', 'no such', '{F0:']) {
      for (const types of [['id'], ['content'], ['id', 'content']] as const) {
        const search = { query, types: [...types] };
        const expected = rows.filter((row) => isFoundIn(source, row, search)).map((row) => row.span_id);
        expect((await idsOf(source, { filters: [], search })).sort(), `${query} ${types}`).toEqual(expected.sort());
      }
    }
  });

  const orders = ORDER_COLUMNS.filter((column) => filterColumnsOf(source).includes(column));
  test.each(orders)('the order by %s is total, nulls last', async (column) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const expected = sorted(seen(source), { column, direction }).map((row) => row.span_id);
      expect(await idsOf(source, { filters: [] }, { order: { column, direction } })).toEqual(expected);
    }
  });

  test.each([0, 1])(
    'a filter by time never finds the version before, whose part alone would match (defer_partition_pruning_after_final=%d)',
    async (deferred) => {
      const [row] = rows;
      if (row === undefined) throw new Error('no rows');
      const project = `moved-${deferred}-${world.id}`;
      const at = (time: string): Row => ({
        ...row,
        project_id: project,
        span_id: 'moved',
        start_time: `2026-07-01 ${time}.000000`,
      });
      const insert = (time: string, written: string) =>
        world.clickhouse.client.insert({
          table: source,
          values: [storedIn(source, at(time), written)],
          format: 'JSONEachRow',
        });
      await insert('23:00:00', '2026-01-01 00:00:00');
      await insert('01:00:00', '2026-01-02 00:00:00');
      const since = (value: string): FilterSet => ({
        filters: filtersSchema.parse([{ column: 'startTime', type: 'datetime', operator: '>=', value }]),
      });
      const asked = { project, settings: { defer_partition_pruning_after_final: deferred } };
      expect(await idsOf(source, since('2026-07-01T12:00:00Z'), asked)).toEqual([]);
      expect(await idsOf(source, since('2026-07-01T01:00:00Z'), asked)).toEqual(['moved']);
    },
  );
});
