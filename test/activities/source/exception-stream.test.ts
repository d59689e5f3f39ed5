import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LONGEST_BLOCK } from '../../../activities/source/exception-block.ts';
import { CutBodyError, ExceptionStream } from '../../../activities/source/exception-stream.ts';
import type { Format } from '../../../shared/config/integration.ts';

const TAG = 'abcdefghijklmnop';
const MESSAGE =
  "Code: 241. DB::Exception: Query memory limit exceeded: 'some \r\n value'. (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1 (official build))\n";
const block = (tag = TAG, message = MESSAGE) =>
  `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`;

interface Outcome {
  bytes: string;
  error: unknown;
  given: boolean;
}

async function pass(
  chunks: readonly (string | Buffer)[],
  options: { format?: Format; tag?: string | undefined; broken?: Error; head?: Buffer } = {},
): Promise<Outcome> {
  let given = false;
  const stream = new ExceptionStream({
    format: options.format ?? 'jsonl',
    tag: 'tag' in options ? options.tag : TAG,
    ...(options.head && { head: options.head }),
    toFailure: (cause) => cause,
    onBroken: async () => {
      given = true;
    },
  });
  for (const chunk of chunks) stream.write(Buffer.from(chunk));
  if (options.broken) stream.endBroken(options.broken, null);
  else stream.end();
  const bytes: Buffer[] = [];
  try {
    for await (const chunk of stream) bytes.push(chunk);
    return { bytes: Buffer.concat(bytes).toString(), error: undefined, given };
  } catch (error) {
    return { bytes: Buffer.concat(bytes).toString(), error, given };
  }
}

const rows = (count: number) => '{"a":1}\n'.repeat(count);

describe('a body that is whole', () => {
  test('comes through byte for byte, however it is cut into chunks', async () => {
    const text = rows(20_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 6 }), async (sizes) => {
        const chunks: string[] = [];
        let rest = text;
        for (const size of sizes) {
          chunks.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        expect(await pass([...chunks, rest])).toEqual({ bytes: text, error: undefined, given: false });
      }),
      { numRuns: 20 },
    );
  });

  test('may be empty as JSONL, and hold text that looks like an exception', async () => {
    expect(await pass([])).toMatchObject({ bytes: '', error: undefined });
    const foreign = `"${block('AAAAAAAAAAAAAAAA')}"\n`;
    expect(await pass([foreign], { format: 'csv' })).toMatchObject({ bytes: foreign, error: undefined });
    const quoted = `"a","${MESSAGE}"\n`;
    expect(await pass([quoted], { format: 'csv', tag: undefined })).toMatchObject({ bytes: quoted, error: undefined });
  });

  test('gets its head first', async () => {
    expect(await pass([rows(1)], { head: Buffer.from('\ufeff') })).toMatchObject({ bytes: `\ufeff${rows(1)}` });
  });
});

describe('a body with an exception', () => {
  test.each([
    ['jsonl', rows(9)],
    ['json', '[\n{"a":1},\n{"a":2}'],
    ['csv', '"a","b"\n1,"open'],
    ['parquet', 'PAR1...'],
  ] as const)('%s fails with the message of the server, and no byte of it gets out', async (format, text) => {
    const { bytes, error, given } = await pass([text, block()], { format });
    expect(error).toHaveProperty('message', MESSAGE.trim());
    expect(bytes).not.toContain('__exception__');
    // The server has ended the query itself.
    expect(given).toBe(false);
  });

  test('is recognised in whatever chunks it comes, behind any length of rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20_000), fc.integer({ min: 1, max: 500 }), async (count, size) => {
        const text = rows(count) + block(TAG, `${MESSAGE.trimEnd()}${'x'.repeat(1000)}\n`);
        const start = Math.max(0, text.length - 4_000);
        const chunks = [text.slice(0, start)];
        for (let at = start; at < text.length; at += size) chunks.push(text.slice(at, at + size));
        expect(String((await pass(chunks)).error)).toContain('Code: 241');
      }),
      { numRuns: 40 },
    );
  });

  test('is recognised when the connection broke right behind it, whatever the reader had read', async () => {
    const { error } = await pass([rows(100_000), block()], { broken: new Error('aborted') });
    expect(error).toHaveProperty('message', MESSAGE.trim());
  });

  test('without a tag, as older servers write it', async () => {
    for (const format of ['jsonl', 'json', 'csv'] as const) {
      const { error } = await pass([rows(3), MESSAGE], { format, tag: undefined });
      expect(error).toHaveProperty('message', MESSAGE.trim());
    }
  });
});

describe('a body that is cut', () => {
  test.each([
    ['jsonl', '{"a":1}\n{"a'],
    ['json', '[\n{"a":1},\n'],
    ['json', ''],
    ['csv', '"a"\n"x'],
    ['csv', ''],
    ['parquet', 'PAR1'.repeat(3).slice(0, 10)],
    ['parquet', ''],
  ] as const)('%s %j is no success', async (format, text) => {
    const { error, given } = await pass([text], { format });
    expect(error).toBeInstanceOf(CutBodyError);
    expect(given).toBe(true);
  });

  test('a broken connection is no success, even where a row ends', async () => {
    const broken = new Error('aborted');
    expect(await pass([rows(5)], { broken })).toMatchObject({ error: broken, given: true });
  });
});

test('the rows wait for a slow reader, and how long they waited is known', async () => {
  const toFailure = vi.fn((cause: unknown, _longestStallMs: number) => cause);
  const stream = new ExceptionStream({ format: 'jsonl', tag: TAG, toFailure, onBroken: async () => undefined });
  const source = Readable.from([Buffer.alloc(2 ** 21), Buffer.alloc(2 ** 21), Buffer.alloc(LONGEST_BLOCK)]);
  source.pipe(stream);
  stream.once('readable', () => undefined);
  await delay(300);
  stream.on('error', () => undefined);
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.resume();
  await closed;
  expect(toFailure.mock.lastCall?.[1]).toBeGreaterThan(200);
});
