/** Bodies to upload, good and bad. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadOptions } from '../../activities/destinations/object-store.ts';

export const MIB = 2 ** 20;

/** Larger than one part of any store, and no multiple of one. */
export const LARGE = 21 * MIB + 12_345;

/** A body of two parts. */
export const TWO_PARTS = 9 * MIB + 10;

export function uploadOptions(changes: Partial<UploadOptions> = {}): UploadOptions {
  return {
    contentType: 'application/octet-stream',
    expectedBytes: 1_000,
    signal: new AbortController().signal,
    replaceLeftover: false,
    onUploadStarted: () => undefined,
    ...changes,
  };
}

/** Bytes that repeat at no power of two, so that swapped or doubled parts show. */
export function bytes(size: number): Buffer {
  return Buffer.alloc(size, Buffer.from(Array.from({ length: 65_521 }, (_, n) => (n * 31) % 251)));
}

export function digest(body: Buffer | undefined): string {
  return body === undefined ? 'nothing' : createHash('sha256').update(body).digest('hex');
}

const CHUNK = 60_000;

export function* chunksOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += CHUNK) yield body.subarray(at, at + CHUNK);
}

export function streamOf(body: Buffer): Readable {
  return Readable.from(chunksOf(body), { objectMode: false });
}

export function failing(size: number, fault: Error): Readable {
  async function* chunks() {
    yield* chunksOf(bytes(size));
    throw fault;
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** Gives `size` bytes, calls back, and then no more. */
export function stalling(size: number, then: () => void): Readable {
  const chunks = chunksOf(bytes(size));
  return new Readable({
    read() {
      const { value, done } = chunks.next();
      if (!done) this.push(value);
      else setTimeout(then, 50);
    },
  });
}

/** Gives `quick` bytes at once, and then more for ever, slowly. */
export function trickling(quick: number): Readable {
  const chunk = bytes(CHUNK);
  async function* chunks() {
    for (let given = 0; ; given += chunk.length) {
      yield chunk;
      if (given > quick) await sleep(10);
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}
