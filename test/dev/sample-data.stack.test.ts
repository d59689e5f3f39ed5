import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateNewRows } from '../../dev/sample-data/generate-new-rows.ts';
import { generateSampleData, type SampleDataResult } from '../../dev/sample-data/generate-sample-data.ts';
import type { SampleDataOptions } from '../../dev/sample-data/options.ts';
import { spanTypes } from '../../dev/sample-data/trace-shapes.ts';
import { createTables, type RunCommand } from '../../dev/tables/create-tables.ts';
import { createWorld, type World } from '../support/world.ts';

const from = new Date('2026-06-20T00:00:00Z');
const to = new Date('2026-07-10T00:00:00Z');

let world: World;
let command: RunCommand;

beforeAll(async () => {
  world = await createWorld();
  command = (query) => world.clickhouse.client.command({ query });
  const { database } = world.clickhouse;
  await createTables({ command, database });
  // A merge in the background would take the older versions away while they are counted.
  await command(`SYSTEM STOP MERGES ${database}.events_full`);
  await command(`SYSTEM STOP MERGES ${database}.events_core`);
});
afterAll(() => world.cleanup());

const generate = (options: Partial<SampleDataOptions>): Promise<SampleDataResult> =>
  generateSampleData({ command, database: world.clickhouse.database, from, to, ...options });

/** The numbers of the only row of a SELECT. */
async function numbers(query: string): Promise<Record<string, number>> {
  const result = await world.clickhouse.client.query({ query, format: 'JSONEachRow' });
  const [row] = await result.json<Record<string, number | string>>();
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}

test('the tables are created again without harm', async () => {
  await createTables({ command, database: world.clickhouse.database });
  const found = await numbers(
    `SELECT count() AS tables FROM system.tables WHERE database = '${world.clickhouse.database}'`,
  );
  expect(found).toEqual({ tables: 6 });
});

test('a database name that is not plain is refused', async () => {
  await expect(createTables({ command, database: 'a; DROP' })).rejects.toThrow('not a plain database name');
});

test('the same seed gives the same table, another seed another one', async () => {
  const fingerprint = async (table: string, seed: number): Promise<string> => {
    await command(`CREATE TABLE ${table} AS events_full`);
    await generate({ table, seed, rows: 3000, bigRows: 1 });
    const query = `SELECT toString(sum(cityHash64(*))) AS hash FROM ${table} FINAL`;
    const result = await world.clickhouse.client.query({ query, format: 'JSONEachRow' });
    return (await result.json<{ hash: string }>())[0]?.hash ?? '';
  };
  const [first, again, other] = [
    await fingerprint('first', 7),
    await fingerprint('again', 7),
    await fingerprint('other', 8),
  ];
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test('two projects with the same seed share no ids', async () => {
  await generate({ projectId: 'twin-a', rows: 500, bigRows: 0 });
  await generate({ projectId: 'twin-b', rows: 500, bigRows: 0 });
  const ids = await numbers(`SELECT uniqExact(span_id) AS ids FROM events_full WHERE project_id LIKE 'twin-%'`);
  expect(ids).toEqual({ ids: 1000 });
});

test('nothing at all is a number of rows too', async () => {
  expect(await generate({ projectId: 'none', rows: 0 })).toMatchObject({ rows: 0, versions: 0, deleted: 0 });
});

test('a few rows lie in the range and are counted', async () => {
  const result = await generate({ projectId: 'few', rows: 37, bigRows: 1, deletedShare: 0.5, updatedShare: 1 });
  const stored = await numbers(`SELECT count() AS versions, uniqExact(span_id) AS rows, sum(is_deleted) AS deleted
    FROM events_full WHERE project_id = 'few'`);
  expect(stored).toEqual({ versions: result.versions, rows: 37, deleted: result.deleted });
});

test('a share outside 0 to 1, and a range of seconds, are refused', async () => {
  await expect(generate({ lateShare: 1.5 })).rejects.toThrow(RangeError);
  await expect(generate({ to: new Date(from.getTime() + 1000) })).rejects.toThrow(RangeError);
});

describe('a data set of 30,000 rows', () => {
  const project = `project_id = 'large'`;
  let result: SampleDataResult;

  beforeAll(async () => {
    result = await generate({ projectId: 'large', rows: 30_000, bigRows: 3, updatedShare: 0.1, deletedShare: 0.02 });
  });

  test('has the rows and versions that were announced', async () => {
    const all = await numbers(`SELECT count() AS versions, uniqExact(span_id) AS rows, sum(is_deleted) AS deleted
      FROM events_full WHERE ${project}`);
    expect(all).toEqual({ versions: result.versions, rows: result.rows, deleted: result.deleted });
    const left = await numbers(`SELECT count() AS left FROM events_full FINAL WHERE ${project}`);
    expect(left).toEqual({ left: result.rows - result.deleted });
    expect(result.versions - result.rows - result.deleted).toBeCloseTo(3000, -1);
    expect(result.deleted).toBeCloseTo(600, -1);
  });

  test('keeps the sort key in later versions, with newer times and changed values', async () => {
    const found = await numbers(`SELECT countIf(keys > 1) AS moved, countIf(versions > 1) AS changed,
        countIf(versions > 1 AND (times < versions OR tags < 2 OR NOT newer)) AS unchanged
      FROM (SELECT uniqExact(trace_id, start_time) AS keys, count() AS versions, uniqExact(event_ts) AS times,
          uniqExact(tags) AS tags, min(updated_at = event_ts AND created_at <= updated_at) AS newer
        FROM events_full WHERE ${project} GROUP BY span_id)`);
    expect(found).toMatchObject({ moved: 0, unchanged: 0 });
    expect(found.changed).toBeGreaterThan(3000);
  });

  test('has traces of 1 to 12 spans, each with one root and every parent in the same trace', async () => {
    const traces = await numbers(`SELECT min(spans) AS smallest, max(spans) AS largest, countIf(roots != 1) AS broken,
        countIf(NOT hasAll(ids, parents)) AS orphaned
      FROM (SELECT uniqExact(span_id) AS spans, uniqExactIf(span_id, parent_span_id = '' AND is_app_root) AS roots,
          groupArray(span_id) AS ids, groupArrayIf(parent_span_id, parent_span_id != '') AS parents
        FROM events_full WHERE ${project} GROUP BY trace_id)`);
    expect(traces).toEqual({ smallest: 1, largest: 12, broken: 0, orphaned: 0 });
  });

  test('has spans inside the time of their parents, and nothing outside the range', async () => {
    const nested = await numbers(`SELECT count() > 10000 AS many, countIf(c.start_time < p.start_time
        OR c.end_time > p.end_time OR c.end_time < c.start_time OR c.completion_start_time > c.end_time) AS wrong
      FROM events_full AS c JOIN events_full AS p ON c.trace_id = p.trace_id AND c.parent_span_id = p.span_id
      WHERE c.${project} AND p.${project}`);
    expect(nested).toEqual({ many: 1, wrong: 0 });
    const outside = await numbers(`SELECT countIf(toUnixTimestamp(start_time) < ${from.getTime() / 1000}) AS before,
        countIf(toUnixTimestamp64Milli(greatest(updated_at, event_ts, created_at)) > ${to.getTime()}) AS after,
        countIf(created_at < end_time) AS early FROM events_full WHERE ${project}`);
    expect(outside).toEqual({ before: 0, after: 0, early: 0 });
  });

  test('has all ten types, every level and several languages', async () => {
    const found = await world.clickhouse.client.query({
      query: `SELECT DISTINCT type FROM events_full WHERE ${project} ORDER BY type`,
      format: 'JSONEachRow',
    });
    expect((await found.json<{ type: string }>()).map(({ type }) => type)).toEqual([...spanTypes].sort());
    const variety = await numbers(`SELECT uniqExact(level) AS levels, uniqExact(environment) AS environments,
        countIf(match(output, '[ぁ-ん]')) > 0 AS japanese, countIf(position(output, '🎉') > 0) > 0 AS emoji,
        countIf(level = 'ERROR' AND status_message = '') AS silent, countIf(experiment_id != '') > 0 AS experiments,
        countIf(length(tool_calls) > 0) > 0 AS tools, countIf(prompt_name != '') > 0 AS prompts
      FROM events_full WHERE ${project}`);
    expect(variety).toEqual({
      levels: 4,
      environments: 3,
      japanese: 1,
      emoji: 1,
      silent: 0,
      experiments: 1,
      tools: 1,
      prompts: 1,
    });
  });

  test('has some late rows', async () => {
    const late = await numbers(`SELECT countIf(dateDiff('minute', end_time, created_at) >= 30) / count() AS share
      FROM events_full FINAL WHERE ${project} AND end_time IS NOT NULL`);
    expect(late.share).toBeGreaterThan(0.02);
    expect(late.share).toBeLessThan(0.04);
  });

  test('has costs and usage that add up', async () => {
    const sums = await numbers(`SELECT countIf(total_cost > 0) > 1000 AS many,
        countIf(calculated_total_cost != total_cost OR calculated_input_cost + calculated_output_cost != total_cost) AS wrongCost,
        countIf(usage_details['total'] != usage_details['input'] + usage_details['output'] + usage_details['input_cache_read']) AS wrongUsage
      FROM events_full WHERE ${project}`);
    expect(sums).toEqual({ many: 1, wrongCost: 0, wrongUsage: 0 });
  });

  test('has valid JSON where JSON is meant', async () => {
    const broken =
      await numbers(`SELECT countIf(type IN ('GENERATION', 'AGENT', 'TOOL') AND NOT isValidJSON(input)) AS badInput,
        countIf(startsWith(output, '{') AND NOT isValidJSON(output)) AS badOutput,
        countIf(model_parameters != '' AND NOT isValidJSON(model_parameters)) AS badParameters,
        countIf(NOT arrayAll(x -> isValidJSON(x), arrayConcat(tool_calls, mapValues(tool_definitions)))) AS badTools
      FROM events_full WHERE ${project} AND length(input) < 1000000`);
    expect(broken).toEqual({ badInput: 0, badOutput: 0, badParameters: 0, badTools: 0 });
  });

  test('has rows of a realistic size, and the big ones', async () => {
    const sizes = await numbers(`SELECT avgIf(length(row), length(input) < 1000000) AS csv,
        countIf(length(input) BETWEEN 1000000 AND 5100000) AS big, max(length(input)) < 5100000 AS bounded
      FROM (SELECT input, formatRow('CSV', * EXCEPT (blob_storage_file_path, ingestion_api_key, event_bytes, is_deleted)) AS row
        FROM events_full WHERE ${project})`);
    expect(sizes).toMatchObject({ big: 3, bounded: 1 });
    expect(sizes.csv).toBeGreaterThan(800);
    expect(sizes.csv).toBeLessThan(1100);
  });

  test('stands in events_core with every text cut to 200 characters', async () => {
    const core =
      await numbers(`SELECT count() AS versions, max(lengthUTF8(input)) AS input, max(lengthUTF8(output)) AS output
      FROM events_core WHERE ${project}`);
    expect(core).toEqual({ versions: result.versions, input: 200, output: 200 });
  });
});

test('new rows have just ended, and a few recent ones change', async () => {
  const project = { command, database: world.clickhouse.database, projectId: 'live' };
  const start = Date.now() - 10_000;
  await generateNewRows({ ...project, rows: 25, now: new Date(start) });
  await generateNewRows({ ...project, rows: 15, updates: 4, now: new Date(start + 5000) });
  const found = await numbers(`SELECT uniqExact(span_id) AS rows, count() AS versions,
      countIf(status_message = 'checked again') AS updated, max(toUnixTimestamp64Milli(updated_at)) AS newest
    FROM events_full WHERE project_id = 'live'`);
  expect(found).toEqual({ rows: 40, versions: 44, updated: 4, newest: start + 5000 });
  const live =
    await numbers(`SELECT count() AS rows, min(toUnixTimestamp64Milli(start_time)) >= ${start - 90_000} AS recent
    FROM events_full FINAL WHERE project_id = 'live'`);
  expect(live).toEqual({ rows: 40, recent: 1 });
});
