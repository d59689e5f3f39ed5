import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSampleData } from '../../dev/sample-data/generate-sample-data.ts';
import { createLegacyWorld, type LegacyWorld } from './legacy-world.ts';

const from = new Date('2026-06-20T00:00:00Z');
const to = new Date('2026-07-10T00:00:00Z');
const project = `project_id = 'scored'`;

let world: LegacyWorld;
beforeAll(async () => {
  world = await createLegacyWorld();
  await generateSampleData({ ...world.target, projectId: 'scored', rows: 12_000, from, to, bigRows: 0, legacy: true });
});
afterAll(() => world.cleanup());

test('there are scores for about one in ten traces and one in forty generations', async () => {
  const shares = await world.numbers(`SELECT
      uniqExactIf(s.trace_id, s.observation_id IS NULL) / (SELECT uniqExact(trace_id) FROM events_full WHERE ${project}) AS traces,
      uniqExactIf(s.observation_id, s.observation_id IS NOT NULL) / (SELECT uniqExactIf(span_id, type = 'GENERATION') FROM events_full WHERE ${project}) AS generations
      FROM scores AS s WHERE ${project}`);
  expect(shares.traces).toBeGreaterThan(0.08);
  expect(shares.traces).toBeLessThan(0.12);
  expect(shares.generations).toBeGreaterThan(0.015);
  expect(shares.generations).toBeLessThan(0.035);
});

test('scores are only of traces and generations that exist, each name once', async () => {
  const strays = await world.numbers(`SELECT
      countIf(trace_id NOT IN (SELECT trace_id FROM events_full WHERE ${project})) AS ofNoTrace,
      countIf(observation_id IS NOT NULL AND (trace_id, assumeNotNull(observation_id)) NOT IN (
        SELECT trace_id, span_id FROM events_full WHERE ${project} AND type = 'GENERATION')) AS ofNoGeneration,
      uniqExact(id) - uniqExact(trace_id, ifNull(observation_id, ''), name) AS repeated FROM scores WHERE ${project}`);
  expect(strays).toEqual({ ofNoTrace: 0, ofNoGeneration: 0, repeated: 0 });
});

test('scores are of three data types and three sources, with values in their domains', async () => {
  const domains = await world.rows(`SELECT data_type, count() > 50 AS many,
        groupUniqArray(source IN ('API', 'EVAL', 'ANNOTATION')) AS known, min(value) >= 0 AS positive,
        countIf(data_type = 'NUMERIC' AND (string_value IS NOT NULL OR value > 1 OR value != round(value, 3))) AS badNumeric,
        countIf(data_type = 'BOOLEAN' AND ifNull(string_value, '') != ['False', 'True'][toUInt8(value) + 1]) AS badBoolean,
        countIf(data_type = 'CATEGORICAL' AND (ifNull(string_value, '') = '' OR value NOT IN (0, 1, 2))) AS badCategory,
        uniqExact(value) >= multiIf(data_type = 'NUMERIC', 100, data_type = 'BOOLEAN', 2, 3) AS varied
      FROM scores WHERE ${project} GROUP BY data_type ORDER BY data_type`);
  const good = { many: 1, known: [1], positive: 1, badNumeric: 0, badBoolean: 0, badCategory: 0, varied: 1 };
  expect(domains).toEqual(['BOOLEAN', 'CATEGORICAL', 'NUMERIC'].map((data_type) => ({ data_type, ...good })));
  const sources = await world.numbers(`SELECT uniqExact(source) AS sources, countIf(comment IS NULL) > 0 AS silent,
        countIf(comment IS NOT NULL) > 0 AS commented, uniqExactIf(queue_id, source != 'ANNOTATION') AS queued,
        countIf((source = 'ANNOTATION') != (author_user_id IS NOT NULL)) AS badAuthor,
        countIf((source = 'API') != (ingestion_api_key != '')) AS badKey,
        countIf(environment NOT IN (SELECT environment FROM events_full WHERE ${project})) AS elsewhere FROM scores WHERE ${project}`);
  expect(sources).toEqual({ sources: 3, silent: 1, commented: 1, queued: 0, badAuthor: 0, badKey: 0, elsewhere: 0 });
});

test('scores were given seconds to minutes after the end of their trace, and within the data', async () => {
  const given = await world.numbers(`SELECT count() > 300 AS many, countIf(timestamp <= ended) AS early,
        countIf(dateDiff('second', ended, timestamp) > 640) AS late, countIf(dateDiff('second', ended, timestamp) < 2) < 5 AS fewAtOnce,
        countIf(created_at < timestamp OR updated_at < created_at OR event_ts != updated_at) AS disordered,
        countIf(toUnixTimestamp64Milli(event_ts) > ${to.getTime()}) AS outside
      FROM scores AS s JOIN (SELECT trace_id, max(coalesce(end_time, start_time)) AS ended FROM events_full WHERE ${project} GROUP BY trace_id) AS t
        ON t.trace_id = s.trace_id WHERE s.${project}`);
  expect(given).toEqual({ many: 1, early: 0, late: 0, fewAtOnce: 1, disordered: 0, outside: 0 });
});

test('some scores have a later version, and some were deleted, at the same time of their event', async () => {
  const versions =
    await world.numbers(`SELECT countIf(versions > 1 AND deleted = 0) > 10 AS changed, countIf(deleted = 1) > 3 AS gone,
        countIf(moments > 1) AS moved, countIf(versions != writings) AS tied, countIf(NOT lastDeletes) AS revived,
        countIf(versions = 2 AND deleted = 0 AND comments < 2) AS unchanged
      FROM (SELECT count() AS versions, sum(is_deleted) AS deleted, uniqExact(timestamp, name) AS moments, uniqExact(event_ts) AS writings,
          uniqExact(ifNull(comment, '')) AS comments, max(is_deleted) = argMax(is_deleted, event_ts) AS lastDeletes
        FROM scores WHERE ${project} GROUP BY id)`);
  expect(versions).toEqual({ changed: 1, gone: 1, moved: 0, tied: 0, revived: 0, unchanged: 0 });
  expect(
    await world.numbers(`SELECT (SELECT count() FROM scores FINAL WHERE ${project}) AS left,
      (SELECT uniqExact(id) - sum(is_deleted) FROM scores WHERE ${project}) - left AS difference`),
  ).toMatchObject({ difference: 0 });
});
