import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  answerOf,
  type ClickHouseWorld,
  isExternal,
  openClickHouseWorld,
  readAnswer,
  residentMegabytes,
  until,
} from './clickhouse-world.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let world: ClickHouseWorld;
beforeAll(async () => {
  world = await openClickHouseWorld();
  await world.client.command({ query: 'CREATE TABLE loaded (id UInt64, text String) ENGINE = MergeTree ORDER BY id' });
});
afterAll(() => world.close());

/** About 120 bytes a row, hard to compress. */
const wide = (rows: number | string) =>
  `SELECT number AS id, hex(sipHash128(number)) AS a, hex(sipHash128(number, 1)) AS b, hex(sipHash128(number, 2)) AS c FROM numbers(${rows})`;

describe('a long result', () => {
  test.each(['CSVWithNames', 'JSONEachRow', 'Parquet'])('comes as %s, whole', async (format) => {
    const answer = await world.post(`${wide(150_000)} FORMAT ${format}`, { max_threads: '1' });
    expect(answer).toMatchObject({ status: 200, cut: undefined });
    if (format === 'Parquet') {
      const file = Uint8Array.from(answer.body).buffer;
      const rows = await parquetReadObjects({ file, compressors, columns: ['id'] });
      expect(rows.map((row) => Number(row.id))).toEqual(Array.from({ length: 150_000 }, (_, index) => index));
      return;
    }
    const lines = answer.body.toString().trimEnd().split('\n');
    const first = lines.indexOf(format === 'JSONEachRow' ? (lines[0] ?? '') : '"id","a","b","c"');
    const body = format === 'JSONEachRow' ? lines : lines.slice(1);
    const id = format === 'JSONEachRow' ? /^\{"id":(\d+),"a"/ : /^(\d+),"/;
    expect(first).toBe(0);
    expect(body.map((line) => Number(id.exec(line)?.[1]))).toEqual(
      Array.from({ length: 150_000 }, (_, index) => index),
    );
  });

  test.skipIf(isExternal).each(['CSVWithNames', 'JSONEachRow', 'Parquet'])(
    'is byte for byte the file that the engine writes (%s)',
    async (format) => {
      const file = join(tmpdir(), `${world.database}.${format}`);
      const settings = {
        max_threads: '1',
        output_format_parallel_formatting: '0',
        output_format_parquet_parallel_encoding: '0',
      };
      const query = `${wide(100_000)} SETTINGS output_format_parquet_row_group_size_bytes = 4000000`;
      expect(await world.post(`INSERT INTO FUNCTION file('${file}', '${format}') ${query}`, settings)).toMatchObject({
        status: 200,
      });
      const answer = await world.post(`${query} FORMAT ${format}`, settings);
      expect(answer.body.length).toBeGreaterThan(1_000_000);
      expect(sha256(answer.body)).toBe(sha256(await readFile(file)));
    },
  );

  test('sends what it has before it is done', async () => {
    const sent = world.send({ max_block_size: '1', query_id: 'trickle', max_threads: '1' });
    sent.end("SELECT sleepEachRow(0.2), repeat('x', 500000) FROM numbers(15) SETTINGS max_block_size = 1 FORMAT TSV");
    const started = performance.now();
    const answer = await answerOf(sent);
    expect(performance.now() - started).toBeLessThan(2500);
    await world.untilRunning('trickle', true);
    answer.destroy();
  });

  test('waits for a slow reader, at no cost of memory', async () => {
    const sent = world.send({ query_id: 'slow-reader', output_format_parallel_formatting: '0', max_threads: '1' });
    sent.end(`${wide('1e9')} FORMAT CSV`);
    const answer = await answerOf(sent);
    let received = 0;
    answer.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > 20e6) answer.pause();
    });
    await until(() => received > 20e6);
    await delay(300);
    const before = world.pid === undefined ? 0 : residentMegabytes(world.pid);
    const progress = () =>
      world.rows<{ read: number }>("SELECT read_rows AS read FROM system.processes WHERE query_id = 'slow-reader'");
    const [held] = await progress();
    await delay(1500);
    const [later] = await progress();
    expect((later?.read ?? 0) - (held?.read ?? 0)).toBeLessThan(200_000);
    if (world.pid !== undefined) expect(residentMegabytes(world.pid) - before).toBeLessThan(40);
    received = 0;
    answer.resume();
    await until(() => received > 20e6);
    answer.destroy();
    await world.untilRunning('slow-reader', false);
  });
});

describe('an error after the first byte', () => {
  const failing = (rows: number) =>
    wide(200_000).replace('SELECT', `SELECT throwIf(number = ${rows}, 'boom: ü') AS ok,`);

  test.each(['CSV', 'JSONEachRow', 'Parquet'])(
    'ends %s with the exception block and a cut connection',
    async (format) => {
      const settings = { max_threads: '1', output_format_parquet_row_group_size_bytes: '2000000' };
      const answer = await world.post(`${failing(150_000)} FORMAT ${format}`, settings);
      expect(answer).toMatchObject({ status: 200, cut: 'ECONNRESET' });
      const block = exceptionBlock(answer.body, answer.headers['x-clickhouse-exception-tag']);
      expect(block.message).toMatch(
        /^Code: 395\. DB::Exception: boom: ü[\s\S]*\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)/,
      );
      expect(block.statedLength).toBe(Buffer.byteLength(block.message));
    },
  );

  test('comes inside the compression too', async () => {
    const sent = world.send(
      { enable_http_compression: '1', max_threads: '1' },
      { headers: { 'accept-encoding': 'gzip' } },
    );
    sent.end(`${failing(150_000)} FORMAT CSV`);
    const answer = await readAnswer(sent);
    const body = gunzipSync(answer.body, { finishFlush: 2 });
    const block = exceptionBlock(body, answer.headers['x-clickhouse-exception-tag']);
    expect(block.message).toContain('boom');
  });

  test('is the cancellation of a query whose reader is slow', async () => {
    const sent = world.send({ query_id: 'slow-victim' });
    sent.end(`${wide('1e9')} FORMAT CSV`);
    const answer = await answerOf(sent);
    answer.pause();
    await delay(500);
    await world.client.command({ query: "KILL QUERY WHERE query_id = 'slow-victim' SYNC" });
    await world.untilRunning('slow-victim', false);
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    answer.resume();
    await new Promise((resolve) => answer.once('close', resolve));
    const block = exceptionBlock(Buffer.concat(chunks), answer.headers['x-clickhouse-exception-tag']);
    expect(block.message).toMatch(/^Code: 394\..*\(QUERY_WAS_CANCELLED\)/);
  });
});

describe('a client that goes away', () => {
  test.each(['', 'gzip'])('ends its query (%s)', async (encoding) => {
    const id = `left-alone-${encoding}`;
    const settings = { query_id: id, cancel_http_readonly_queries_on_client_close: '1', enable_http_compression: '1' };
    const sent = world.send(settings, { headers: { 'accept-encoding': encoding } });
    sent.end(`${wide('1e10')} FORMAT CSV`);
    const answer = await answerOf(sent);
    await world.untilRunning(id, true);
    answer.destroy();
    await untilForgotten(id);
  });

  test('before its first row ends its query', async () => {
    const sent = world.send({ query_id: 'left-early', cancel_http_readonly_queries_on_client_close: '1' });
    sent.on('error', () => undefined);
    sent.end('SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1');
    await world.untilRunning('left-early', true);
    sent.destroy();
    await untilForgotten('left-early');
  });

  test('in the middle of its upload inserts nothing', async () => {
    const sent = world.send({ query: 'INSERT INTO loaded FORMAT CSV', query_id: 'left-upload' });
    sent.on('error', () => undefined);
    sent.write('1,"one"\n'.repeat(2000));
    await world.untilRunning('left-upload', true);
    sent.destroy();
    await untilForgotten('left-upload');
    expect(await world.rows('SELECT count() AS n FROM loaded')).toEqual([{ n: 0 }]);
  });
});

test('a long upload with a bad first row is answered with the parser’s error', async () => {
  const sent = world.send({ query: 'INSERT INTO loaded FORMAT CSV' });
  const answer = readAnswer(sent);
  sent.write('bad,"one"\n');
  for (let n = 0; n < 300; n += 1) if (!sent.write('2,"two"\n'.repeat(10_000))) await once(sent, 'drain');
  sent.end();
  expect(await answer).toMatchObject({ status: 400, cut: undefined, headers: { 'x-clickhouse-exception-code': '27' } });
});

test('an upload that is killed inserts nothing and says so', async () => {
  const sent = world.send({ query: 'INSERT INTO loaded FORMAT CSV', query_id: 'killed-upload' });
  const answer = readAnswer(sent);
  sent.write('1,"one"\n'.repeat(2000));
  await world.untilRunning('killed-upload', true);
  await world.client.command({ query: "KILL QUERY WHERE query_id = 'killed-upload' SYNC" });
  sent.end('2,"two"\n');
  expect((await answer).headers['x-clickhouse-exception-code']).toBe('394');
  expect(await world.rows('SELECT count() AS n FROM loaded')).toEqual([{ n: 0 }]);
});

test('an insert of 200 MB is read while it comes', async () => {
  const total = 200_000;
  const line = (id: number) => `${id},"${'x'.repeat(990)}"\n`;
  const rows = (from: number) => Buffer.from(Array.from({ length: 1000 }, (_, n) => line(from + n)).join(''));
  const count = () => world.rows<{ n: number }>('SELECT count() AS n FROM loaded');
  async function* upload() {
    for (let id = 0; id < total; id += 1000) {
      // The first blocks are in the table before the last rows are sent.
      if (id === total / 2) await until(async () => ((await count())[0]?.n ?? 0) > 0);
      yield rows(id);
    }
  }
  await world.client.command({ query: 'SYSTEM STOP MERGES loaded' });
  await world.client.insert({
    ...{ table: 'loaded', values: Readable.from(upload(), { objectMode: false }), format: 'CSV' },
    clickhouse_settings: {
      ...{
        max_insert_block_size: '10000',
        min_insert_block_size_rows: '10000',
        min_insert_block_size_bytes: '10000000',
      },
      ...{ input_format_parallel_parsing: 0, max_insert_threads: '1', max_block_size: '10000' },
    },
  });
  expect(await world.rows('SELECT count() AS n, sum(id) AS sum, sum(length(text)) AS bytes FROM loaded')).toEqual([
    { n: total, sum: (total * (total - 1)) / 2, bytes: total * 990 },
  ]);
});

/** Waits until the server has let go of a query: its id is free again. */
async function untilForgotten(id: string): Promise<void> {
  await world.untilRunning(id, false);
  await until(() =>
    world.rows('SELECT 1', { id }).then(
      () => true,
      () => false,
    ),
  );
}

function exceptionBlock(body: Buffer, tag: string | string[] | undefined): { message: string; statedLength: number } {
  const tail = body.subarray(-4000).toString('latin1');
  const pattern = new RegExp(
    `\\r\\n__exception__\\r\\n${tag}\\r\\n([\\s\\S]*\\n)(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
  );
  const match = pattern.exec(tail);
  return { message: Buffer.from(match?.[1] ?? '', 'latin1').toString(), statedLength: Number(match?.[2]) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
