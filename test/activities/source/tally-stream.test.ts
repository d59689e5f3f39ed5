import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import papaparse from 'papaparse';
import { describe, expect, test } from 'vitest';
import { createRowCounter } from '../../../activities/source/row-counters.ts';
import { tallyStream } from '../../../activities/source/tally-stream.ts';
import { COMPRESSIONS, type Format } from '../../../shared/config/integration.ts';
import { bytesOf } from './source-world.ts';

const cells = fc.array(
  fc.tuple(
    fc.string({ unit: fc.constantFrom('a', '"', '\n', '\r', ',', '{', '}', '[', '\\', 'é', '🎈') }),
    fc.integer(),
  ),
  { maxLength: 20 },
);

const render: Record<'csv' | 'json' | 'jsonl', (rows: ReadonlyArray<[string, number]>) => string> = {
  csv: (rows) =>
    `"text","number"\n${rows.map(([text, number]) => `"${text.replaceAll('"', '""')}",${number}\n`).join('')}`,
  jsonl: (rows) => rows.map(([text, number]) => `${JSON.stringify({ text, number })}\n`).join(''),
  // As ClickHouse writes it: also without rows.
  json: (rows) => `[\n${rows.map(([text, number]) => JSON.stringify({ text, number })).join(',\n')}\n]\n`,
};

function chunked(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

describe.each(['csv', 'json', 'jsonl'] as const)('rows of %s', (format) => {
  test('are counted right, whatever stands in the cells and wherever chunks end', () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 1, max: 40 }), (rows, size) => {
        const counter = createRowCounter(format);
        for (const chunk of chunked(Buffer.from(render[format](rows)), size)) counter.add(chunk);
        expect(counter.finish()).toBe(rows.length);
        expect(counter.rows).toBe(rows.length);
      }),
    );
  });
});

test('an independent reader of CSV counts the same', () => {
  fc.assert(
    fc.property(cells, (rows) => {
      const text = render.csv(rows);
      const { data } = papaparse.parse(text, { header: true, newline: '\n', delimiter: ',', skipEmptyLines: true });
      const counter = createRowCounter('csv');
      counter.add(Buffer.from(text));
      expect(counter.finish()).toBe(data.length);
    }),
  );
});

test.each([
  ['csv', '"a"\n"open'],
  ['csv', ''],
  ['parquet', 'PAR1 and nothing'],
  ['parquet', ''],
] as const)('%s %j is refused at its end', (format, text) => {
  const counter = createRowCounter(format);
  counter.add(Buffer.from(text));
  expect(() => counter.finish()).toThrow(/end in the middle/);
});

describe('the stream', () => {
  const signal = new AbortController().signal;
  const text = Buffer.from('{"a":"some text that compresses"}\n'.repeat(50_000));

  test.each(COMPRESSIONS)('%s: bytes and sha256 are those of the output', async (compression) => {
    const rows = Readable.from(chunked(text, 65_536));
    const { output, tally, progress } = tallyStream(rows, { format: 'jsonl', compression, signal });
    const bytes = await bytesOf(output);
    expect(await tally).toEqual({
      rows: 50_000,
      uncompressedBytes: text.length,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(progress()).toEqual({ rows: 50_000, bytes: bytes.length });
    const plain = { none: (input: Buffer) => input, gzip: gunzipSync, zstd: zstdDecompressSync }[compression](bytes);
    expect(plain.equals(text)).toBe(true);
  });

  test.each(COMPRESSIONS)('%s: a fault of the source breaks output and tally', async (compression) => {
    async function* failing() {
      yield text;
      throw new Error('from the source');
    }
    const { output, tally } = tallyStream(Readable.from(failing()), { format: 'jsonl', compression, signal });
    await expect(bytesOf(output)).rejects.toThrow('from the source');
    await expect(tally).rejects.toThrow('from the source');
  });

  test.each(COMPRESSIONS)('%s: a reader that gives up ends the source', async (compression) => {
    const rows = Readable.from(chunked(Buffer.alloc(2 ** 24, '{}\n'), 65_536));
    const { output, tally } = tallyStream(rows, { format: 'jsonl', compression, signal });
    await new Promise((resolve) => output.once('readable', resolve));
    output.destroy(new Error('destination failed'));
    await expect(tally).rejects.toThrow('destination failed');
    expect(rows.destroyed).toBe(true);
  });

  test('the signal ends everything with its reason, also before the first byte', async () => {
    const controller = new AbortController();
    const rows = new Readable({ read: () => undefined });
    const { output, tally } = tallyStream(rows, { format: 'csv', compression: 'gzip', signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(tally).rejects.toThrow('cancelled');
    await expect(bytesOf(output)).rejects.toBeDefined();
    expect(rows.destroyed).toBe(true);
    const aborted = AbortSignal.abort(new Error('before'));
    const late = tallyStream(Readable.from([text]), { format: 'csv', compression: 'none', signal: aborted });
    await expect(late.tally).rejects.toThrow('before');
  });

  test('nothing is read ahead of a reader that does not read', async () => {
    let read = 0;
    const rows = new Readable({
      read() {
        read += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const { output } = tallyStream(rows, { format: 'jsonl', compression: 'none', signal });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(read).toBeLessThan(4 * 2 ** 20);
    output.destroy();
  });

  test.each(['csv', 'parquet'] satisfies Format[])('%s that ends too early fails at its end', async (format) => {
    const rows = Readable.from([Buffer.from('"a"\n"open')]);
    const { output, tally } = tallyStream(rows, { format, compression: 'none', signal });
    await expect(bytesOf(output)).rejects.toMatchObject({ type: 'SourceOverloaded' });
    await expect(tally).rejects.toMatchObject({ type: 'SourceOverloaded' });
  });
});
