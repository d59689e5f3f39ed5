import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readParts } from '../../activities/destinations/part-reader.ts';

async function* chunked(chunks: Iterable<string | Uint8Array>) {
  yield* chunks;
}

/** Reads all parts, gives their buffers back at once, and returns copies. */
async function partsOf(chunks: Iterable<string | Uint8Array>, sizeOf: (number: number) => number) {
  const parts: Array<{ number: number; bytes: Buffer; last: boolean }> = [];
  for await (const { number, bytes, last, release } of readParts(chunked(chunks), sizeOf)) {
    parts.push({ number, bytes: Buffer.from(bytes), last });
    bytes.fill(0xff);
    release();
  }
  return parts;
}

describe('reading parts', () => {
  it('keeps every byte in order, fills every part but the last, and marks the last one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 25 }),
        async (chunks, size) => {
          // Growing, as the sizes of real parts are.
          const sizeOf = (number: number) => size * (number > 4 ? 2 : 1);
          const parts = await partsOf(chunks, sizeOf);
          expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(chunks));
          expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
          expect(parts.map(({ last }) => last)).toEqual(parts.map((_, index) => index === parts.length - 1));
          for (const { number, bytes } of parts.slice(0, -1)) expect(bytes.length).toBe(sizeOf(number));
          if (parts.length > 1) expect(parts.at(-1)?.bytes.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('gives one empty part for an empty body', async () => {
    expect(await partsOf([], () => 8)).toEqual([{ number: 1, bytes: Buffer.alloc(0), last: true }]);
  });

  it('counts the bytes of text', async () => {
    const parts = await partsOf(['é', 'ü'], () => 3);
    expect(parts.map(({ bytes }) => bytes.length)).toEqual([3, 1]);
  });

  it('uses few buffers over any length', async () => {
    const chunk = Buffer.alloc(100_000, 1);
    const buffers = new Set<ArrayBufferLike>();
    let parts = 0;
    for await (const { bytes, release } of readParts(chunked(Array(200).fill(chunk)), () => 100_000)) {
      parts++;
      buffers.add(bytes.buffer);
      release();
    }
    expect(parts).toBe(200);
    // Two for growing, one that is filled while another is in flight.
    expect(buffers.size).toBeLessThanOrEqual(4);
  });

  it('passes the error of the source on and ends it when left', async () => {
    const fault = new Error('source');
    const body = Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw fault;
      })(),
    );
    const reading = (async () => {
      for await (const { release } of readParts(body, () => 4)) release();
    })();
    await expect(reading).rejects.toBe(fault);

    const endless = new Readable({ read: () => endless.push(Buffer.alloc(10)) });
    for await (const { release } of readParts(endless, () => 4)) {
      release();
      break;
    }
    expect(endless.destroyed).toBe(true);
  });
});
