import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateLegacyRows } from '../../dev/sample-data/generate-legacy-rows.ts';
import { generateNewRows } from '../../dev/sample-data/generate-new-rows.ts';
import { generateSampleData, type SampleDataResult } from '../../dev/sample-data/generate-sample-data.ts';
import type { SampleDataOptions } from '../../dev/sample-data/options.ts';
import { createLegacyWorld, type LegacyWorld, legacyTables } from './legacy-world.ts';

const from = new Date('2026-06-20T00:00:00Z');
const to = new Date('2026-07-10T00:00:00Z');

let world: LegacyWorld;
beforeAll(async () => {
  world = await createLegacyWorld();
});
afterAll(() => world.cleanup());

const generate = (options: Partial<SampleDataOptions>): Promise<SampleDataResult> =>
  generateSampleData({ ...world.target, from, to, bigRows: 0, legacy: true, ...options });

const millis = (column: string): string => `intDiv(toUnixTimestamp64Micro(${column}), 1000)`;

test('the legacy tables stay empty unless they are asked for', async () => {
  const { rows } = await generate({ projectId: 'events-only', rows: 200, legacy: false });
  await generateNewRows({ ...world.target, projectId: 'events-only', rows: 5 });
  expect(rows).toBe(200);
  const legacy = legacyTables.map((table) => `SELECT project_id FROM ${table}`);
  expect(
    await world.numbers(`SELECT count() AS rows FROM (${legacy.join(' UNION ALL ')})
    WHERE project_id = 'events-only'`),
  ).toEqual({ rows: 0 });
});

describe('a data set with late rows, updates, deletions and a big text', () => {
  const project = `project_id = 'large'`;
  let result: SampleDataResult;

  beforeAll(async () => {
    const shares = { lateShare: 0.1, updatedShare: 0.2, deletedShare: 0.05 };
    result = await generate({ projectId: 'large', rows: 12_000, bigRows: 1, ...shares });
  });

  test('has as many observations as events, and a trace for every root, for a reader of the newest versions', async () => {
    const events = await world.numbers(`SELECT count() AS observations, countIf(parent_span_id = '') AS roots,
      uniqExactIf(trace_id, parent_span_id = '') AS traces FROM events_full FINAL WHERE ${project}`);
    expect(events.observations).toBe(result.rows - result.deleted);
    expect(events.traces).toBe(events.roots);
    const legacy = await world.numbers(`SELECT
      (SELECT count() FROM observations FINAL WHERE ${project}) AS observations,
      (SELECT count() FROM traces FINAL WHERE ${project}) AS traces,
      (SELECT uniqExact(id) FROM traces FINAL WHERE ${project}) AS roots`);
    expect(legacy).toEqual(events);
  });

  test('has every version of a span as one of its observation, at the same milliseconds', async () => {
    const times = ['start_time', 'end_time', 'completion_start_time', 'created_at', 'updated_at', 'event_ts'];
    const events = `SELECT trace_id, span_id, is_deleted, ${times.map(millis).join(', ')} FROM events_full WHERE ${project}`;
    const observations = `SELECT trace_id, id, is_deleted, ${times.map((name) => `toUnixTimestamp64Milli(${name})`).join(', ')} FROM observations WHERE ${project}`;
    expect(await world.differences(events, observations)).toEqual({ missing: 0, added: 0 });
    expect(
      await world.numbers(`SELECT count() AS versions, sum(is_deleted) AS deleted FROM observations WHERE ${project}`),
    ).toEqual({ versions: result.versions, deleted: result.deleted });
  });

  test('has every version of a root span as one of its trace, at the same milliseconds', async () => {
    const times = ['start_time', 'created_at', 'updated_at', 'event_ts'];
    const roots = `SELECT trace_id, is_deleted, ${times.map(millis).join(', ')} FROM events_full WHERE ${project} AND parent_span_id = ''`;
    const traces = `SELECT id, is_deleted, ${['timestamp', ...times.slice(1)].map((name) => `toUnixTimestamp64Milli(${name})`).join(', ')} FROM traces WHERE ${project}`;
    expect(await world.differences(roots, traces)).toEqual({ missing: 0, added: 0 });
    const kinds =
      await world.numbers(`SELECT countIf(is_deleted = 1) > 50 AS deleted, countIf(updated_at > created_at) > 300 AS later
      FROM traces WHERE ${project}`);
    expect(kinds).toEqual({ deleted: 1, later: 1 });
  });

  test('has what the span says in its observation, with null for what is empty', async () => {
    const texts = (...names: string[]) => names.map((name) => `if(${name} = '', NULL, ${name})`);
    const same =
      'project_id, environment, type, name, level, provided_usage_details, usage_details, provided_cost_details, cost_details, tool_definitions, tool_calls, tool_call_names, prompt_version';
    const nullable = [
      'status_message',
      'version',
      'input',
      'output',
      'provided_model_name',
      'model_parameters',
      'prompt_id',
      'prompt_name',
      'usage_pricing_tier_id',
      'usage_pricing_tier_name',
    ];
    const pairs = (list: string) => `arrayMap((name, value) -> (name, value), ${list})`;
    expect(
      await world.differences(
        `SELECT span_id, ${texts('parent_span_id', 'model_id')}, ${same}, ${texts(...nullable)}, if(empty(cost_details), NULL, total_cost), ${pairs('metadata_names, metadata_values')} FROM events_full WHERE ${project}`,
        `SELECT id, parent_observation_id, internal_model_id, ${same}, ${nullable}, total_cost, ${pairs('mapKeys(metadata), mapValues(metadata)')} FROM observations WHERE ${project}`,
      ),
    ).toEqual({ missing: 0, added: 0 });
    const nulls = nullable.map((name) => `countIf(${name} IS NULL) > 0 AS no_${name}`).join(', ');
    const found =
      await world.numbers(`SELECT ${nulls}, countIf(total_cost IS NULL) > 0 AS free, max(length(input)) > 1000000 AS big
      FROM observations WHERE ${project}`);
    expect(Object.values(found)).toEqual(Object.values(found).map(() => 1));
  });

  test('has what the root says in its trace, with null for what is empty', async () => {
    const nullable = ['user_id', 'session_id', 'release', 'version', 'input', 'output'];
    const same = 'project_id, environment, public, bookmarked, tags';
    expect(
      await world.differences(
        `SELECT trace_id, trace_name, ${same}, ${nullable.map((name) => `if(${name} = '', NULL, ${name})`)}, metadata_names, metadata_values FROM events_full WHERE ${project} AND parent_span_id = ''`,
        `SELECT id, name, ${same}, ${nullable}, mapKeys(metadata), mapValues(metadata) FROM traces WHERE ${project}`,
      ),
    ).toEqual({ missing: 0, added: 0 });
    const variety =
      await world.numbers(`SELECT countIf(user_id IS NULL) > 0 AS nobody, countIf(session_id IS NULL) > 0 AS alone,
      countIf(version IS NULL) > 0 AS plain, countIf(bookmarked) > 0 AS bookmarked, countIf(public) > 0 AS public FROM traces WHERE ${project}`);
    expect(variety).toEqual({ nobody: 1, alone: 1, plain: 1, bookmarked: 1, public: 1 });
  });

  test('gets nothing more when it is carried over again', async () => {
    const counts = `SELECT (SELECT count() FROM traces WHERE ${project}) AS traces,
      (SELECT count() FROM observations WHERE ${project}) AS observations, (SELECT count() FROM scores WHERE ${project}) AS scores`;
    const before = await world.numbers(counts);
    await generateLegacyRows({ ...world.target, projectId: 'large' });
    expect(await world.numbers(counts)).toEqual(before);
  });
});

test('the same seed gives the same legacy tables, another seed other ones', async () => {
  const other = await createLegacyWorld();
  try {
    const { command } = other.target;
    const fingerprint = async (seed: number): Promise<unknown[]> => {
      for (const table of ['events_full', ...legacyTables]) await command(`TRUNCATE TABLE ${table}`);
      await generateSampleData({ ...other.target, seed, rows: 3000, from, to, bigRows: 0, legacy: true });
      const hash = "toString(sum(cityHash64(formatRow('JSONEachRow', *))))";
      return other.rows(
        legacyTables
          .map((table) => `SELECT '${table}' AS name, ${hash} AS hash FROM ${table} FINAL`)
          .join(' UNION ALL '),
      );
    };
    const [first, again, another] = [await fingerprint(7), await fingerprint(7), await fingerprint(8)];
    expect(again).toEqual(expect.arrayContaining(first));
    expect(first).toHaveLength(3);
    for (const table of first) expect(another).not.toContainEqual(table);
  } finally {
    await other.cleanup();
  }
});

test('new rows and their changes are carried over once, from batches that overlap', async () => {
  const live = { ...world.target, projectId: 'live', legacy: true };
  const start = Date.UTC(2026, 6, 1, 12);
  for (const seconds of [0, 15, 30, 45]) {
    await generateNewRows({ ...live, rows: 150, updates: 20, now: new Date(start + seconds * 1000) });
  }
  const [event, observation] = ['events_full', 'observations'].map(
    (table, i) =>
      `SELECT ${['span_id', 'id'][i]}, level, toUnixTimestamp64Milli(event_ts) FROM ${table} WHERE project_id = 'live'`,
  );
  expect(await world.differences(String(event), String(observation))).toEqual({ missing: 0, added: 0 });
  const counts =
    await world.numbers(`SELECT (SELECT count() FROM observations WHERE project_id = 'live') AS observations,
    (SELECT count() FROM traces WHERE project_id = 'live') AS traces,
    (SELECT countIf(parent_span_id = '') FROM events_full WHERE project_id = 'live') - traces AS untold,
    (SELECT count() > 0 FROM scores WHERE project_id = 'live') AS scored,
    (SELECT countIf(toUnixTimestamp64Milli(event_ts) > ${start + 45_000}) FROM scores WHERE project_id = 'live') AS ahead,
    (SELECT count() - uniqExact(id, event_ts) FROM scores WHERE project_id = 'live') AS scoredTwice`);
  expect(counts).toMatchObject({ observations: 660, untold: 0, scored: 1, ahead: 0, scoredTwice: 0 });
});
