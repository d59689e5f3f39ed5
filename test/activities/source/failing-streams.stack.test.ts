import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createQueryRunner, type QueryRunner } from '../../../activities/source/query-runner.ts';
import { CLICKHOUSE_FORMATS, commonSettings, formatSettings } from '../../../activities/source/settings.ts';
import { DEFAULT_TABLES } from '../../../activities/source/source-table.ts';
import { tallyStream } from '../../../activities/source/tally-stream.ts';
import type { Part, Window } from '../../../shared/activities.ts';
import { COMPRESSIONS, FORMATS } from '../../../shared/config/integration.ts';
import { bytesOf, openSourceWorld, type SourceWorld } from './source-world.ts';

const window: Window = { axis: 'event', start: '2026-04-01T00:00:00.000Z', end: '2026-05-01T00:00:00.000Z' };
const part: Part = {
  name: 'p0000',
  source: 'events',
  slice: { kind: 'range', from: window.start, to: window.end },
  rows: 1,
  bytes: 1,
};
const limits = { maxMemoryBytes: 2 ** 29, maxExecutionSeconds: 60, maxThreads: 1 };
let own: SourceWorld;
let runner: QueryRunner;

beforeAll(async () => {
  own = await openSourceWorld();
  runner = createQueryRunner(own.world.clickhouse);
  await own.command(
    `INSERT INTO ${own.world.clickhouse.database}.events_full (project_id, trace_id, span_id, start_time, updated_at, event_ts, input)
      SELECT '${own.selection.projectId}', toString(number), toString(number), toDateTime64('2026-04-01 00:00:00', 6, 'UTC') + number, now64(6), now64(6), repeat('some words ', 400) FROM numbers(30000)`,
  );
});
afterAll(async () => {
  await runner.close();
  await own.close();
});

async function running(queryId: string): Promise<boolean> {
  const result = await own.world.clickhouse.client.query({
    // The embedded engine knows statements with parameters by ids of its own.
    query: `SELECT count() AS n FROM system.processes WHERE query_id = {id:String} OR Settings['log_comment'] LIKE {comment:String}`,
    query_params: { id: queryId, comment: `%"query":"${queryId}"%` },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ n: string | number }>();
  return Number(row?.n) > 0;
}

async function untilGone(queryId: string): Promise<boolean> {
  for (let tries = 0; tries < 30; tries += 1) {
    if (!(await running(queryId))) return true;
    await delay(100);
  }
  return false;
}

/** `a` fails at this row, long after the first bytes have left. */
const failing = (format: (typeof FORMATS)[number]) => ({
  sql: `SELECT number AS a, throwIf(number = 900000) AS b, repeat('text ', 20) AS c FROM numbers(2000000) FORMAT ${CLICKHOUSE_FORMATS[format]}`,
  params: {},
});
const settings = (format: (typeof FORMATS)[number]) => ({
  ...commonSettings(limits, {}),
  ...formatSettings(format),
  ...(format === 'parquet' && { output_format_parquet_row_group_size_bytes: 100_000 }),
});

describe.each(FORMATS)('an error in the middle of %s', (format) => {
  test.each(COMPRESSIONS)('breaks the stream and its tally (%s)', async (compression) => {
    const { signal } = new AbortController();
    const stream = await runner.stream(failing(format), { settings: settings(format), format, signal });
    const { output, tally, progress } = tallyStream(stream, { format, compression, signal });
    const failure = expect.objectContaining({ type: 'Unexpected', message: expect.stringContaining('code 395') });
    await expect(bytesOf(output)).rejects.toEqual(failure);
    await expect(tally).rejects.toEqual(failure);
    if (format !== 'parquet') expect(progress().rows).toBeGreaterThan(100_000);
  });
});

test('an error before the first byte is typed, and quotes nothing of the query', async () => {
  const statement = {
    sql: `SELECT throwIf(number = 5, 'secret value') FROM numbers(10) FORMAT JSONEachRow`,
    params: {},
  };
  const error = await runner
    .stream(statement, { settings: commonSettings(limits, {}), format: 'jsonl', queryId: `${own.world.id}-early` })
    .then(bytesOf)
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({ type: 'Unexpected' });
  expect(String(error)).toContain(`${own.world.id}-early`);
  expect(String(error)).not.toContain('secret value');
});

test('aborted in the middle: the reader gets the reason, and the query is gone from the server', async () => {
  const controller = new AbortController();
  const options = own.stream(controller.signal);
  const stream = await own.source.streamPart(own.selection, window, part, options);
  const { output, tally } = tallyStream(stream, { format: 'jsonl', compression: 'none', signal: options.signal });
  await new Promise((resolve) => output.once('readable', resolve));
  expect(await running(options.queryId)).toBe(true);
  const reason = new Error('cancelled by the test');
  controller.abort(reason);
  await expect(tally).rejects.toBe(reason);
  await expect(bytesOf(output)).rejects.toBeDefined();
  expect(await untilGone(options.queryId)).toBe(true);
});

test('aborted before the answer: the reason, and no query left', async () => {
  const controller = new AbortController();
  const queryId = `${own.world.id}-silent`;
  const statement = { sql: 'SELECT sum(cityHash64(number)) FROM numbers(100000000000) FORMAT JSONEachRow', params: {} };
  const answer = runner.stream(statement, {
    settings: settings('jsonl'),
    format: 'jsonl',
    queryId,
    signal: controller.signal,
  });
  const outcome = expect(answer).rejects.toThrow('stop');
  await delay(500);
  expect(await running(queryId)).toBe(true);
  controller.abort(new Error('stop'));
  await outcome;
  expect(await untilGone(queryId)).toBe(true);
});

test('a reader that gives up leaves no query behind', async () => {
  const options = own.stream();
  const stream = await own.source.streamPart(own.selection, window, part, options);
  await new Promise((resolve) => stream.once('readable', resolve));
  stream.destroy();
  expect(await untilGone(options.queryId)).toBe(true);
});

test('a signal that was aborted before starts nothing', async () => {
  const options = own.stream(AbortSignal.abort(new Error('too late')));
  await expect(own.source.streamPart(own.selection, window, part, options)).rejects.toThrow('too late');
});

describe('what cannot work says so', () => {
  const cases = [
    [
      'a table that does not exist',
      { tables: { ...DEFAULT_TABLES, events: { full: 'nothing' } } },
      'SourceDenied',
      'code 60',
    ],
    ['a database that does not exist', { database: 'nothing' }, 'SourceDenied', 'code 81'],
    ['a wrong password', { password: 'wrong' }, 'SourceDenied', 'code 516'],
    [
      'a table without the columns',
      { tables: { ...DEFAULT_TABLES, events: { full: 'traces' } } },
      'SourceDenied',
      'code 47',
    ],
    ['a setting that the server does not know', { settings: { no_such_setting: 1 } }, 'SourceDenied', 'code 115'],
    ['a closed port', { url: 'http://127.0.0.1:1' }, 'SourceOverloaded', 'ECONNREFUSED'],
    ['a limit on memory', { maxMemoryBytes: 1_000_000 }, 'SourceTooLarge', 'code 241'],
    ['a limit on time', { settings: { max_execution_time: 0.001, max_block_size: 100 } }, 'SourceTooLarge', 'code 159'],
  ] as const;

  test.each(cases)('%s', async (_name, options, type, code) => {
    const source = own.open({ exportsDatabase: own.world.clickhouse.database, ...options });
    const failure = expect.objectContaining({ type, message: expect.stringContaining(code) });
    await expect(source.streamPart(own.selection, window, part, own.stream()).then(bytesOf)).rejects.toEqual(failure);
  });

  test('the probe finds a missing table of our own', async () => {
    await expect(own.source.probe(own.selection)).resolves.toBeUndefined();
    const source = own.open({ exportsDatabase: 'nothing' });
    await expect(source.probe(own.selection)).rejects.toMatchObject({ type: 'SourceDenied' });
    expect(await own.source.replicaLagSeconds(own.selection)).toBe(0);
  });
});
