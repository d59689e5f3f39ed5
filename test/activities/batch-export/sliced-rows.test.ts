import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readSlices, type SlicedRows, type SliceQuery } from '../../../activities/batch-export/sliced-rows.ts';
import { ExportError } from '../../../activities/export-error.ts';
import type { OrderedSlice } from '../../../activities/source/ordered-rows.ts';

const tooLarge = () => new ExportError('SourceTooLarge', 'a query needs more memory than it may have', 'Less.');

const minutes = (from: number, to: number): OrderedSlice => ({ kind: 'minutes', runs: [[from, to]] });

/** One row a minute, newest first. */
function rowsOf({ slice, limit = 1e9 }: SliceQuery): string[] {
  if (slice.kind !== 'minutes') throw new Error('only minutes here');
  const [[from, to] = [0, 0]] = slice.runs;
  return Array.from({ length: Math.min(limit, to - from) }, (_, index) => `${to - 1 - index}\n`);
}

const newestFirst: Pick<SlicedRows, 'format' | 'direction' | 'onSlice'> = {
  format: 'jsonl',
  direction: 'DESC',
  onSlice: () => undefined,
};

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

test('a slice that is too large is halved before any of its rows, and the order stays', async () => {
  const asked: Array<[number, number]> = [];
  const told: string[] = [];
  const rows = readSlices({
    ...newestFirst,
    slices: [minutes(8, 10), minutes(0, 8)],
    onSlice: ({ slice, slices }) => told.push(`${slice}/${slices}`),
    async open(query) {
      const found = rowsOf(query);
      asked.push([query.number, found.length]);
      if (found.length <= 2) return Readable.from(found.map((line) => Buffer.from(line)));
      // At once, as when the server refuses; or as the first thing in the stream, as when a sort fails.
      if (found.length > 4) throw tooLarge();
      return new Readable({ read: (): void => undefined }).destroy(tooLarge());
    },
  });
  expect(await textOf(rows)).toBe('9\n8\n7\n6\n5\n4\n3\n2\n1\n0\n');
  expect(asked.map(([number]) => number)).toEqual(asked.map((_, index) => index + 1));
  expect(told.at(-1)).toBe('5/5');
});

test('a slice that turns out to be too large behind its first rows fails, so that no row comes twice', async () => {
  const rows = readSlices({
    ...newestFirst,
    slices: [minutes(0, 8)],
    open: async () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('7\n');
          await sleep(1);
          throw tooLarge();
        })(),
      ),
  });
  await expect(textOf(rows)).rejects.toMatchObject({ type: 'SourceTooLarge' });
});

test('one minute that cannot be cut further fails', async () => {
  const open = async () => Promise.reject(tooLarge());
  const rows = readSlices({ ...newestFirst, slices: [{ kind: 'instants', from: 5, to: 6 }], open });
  await expect(textOf(rows)).rejects.toMatchObject({ type: 'SourceTooLarge' });
});

test('a limit counts what came, not what was planned, and asks for no further slice', async () => {
  const limits: Array<number | undefined> = [];
  const rows = readSlices({
    ...newestFirst,
    slices: [minutes(8, 10), minutes(6, 6), minutes(3, 6), minutes(0, 3)],
    limit: 4,
    async open(query) {
      limits.push(query.limit);
      return Readable.from(rowsOf(query).map((line) => Buffer.from(line)));
    },
  });
  expect(await textOf(rows)).toBe('9\n8\n5\n4\n');
  expect(limits).toEqual([4, 2, 2]);
});

test('destroyed in the middle, it closes after the running query and the one ahead have ended', async () => {
  const events: string[] = [];
  const queries: Readable[] = [];
  const open = async ({ number }: SliceQuery) => {
    let sent = 0;
    const query = new Readable({
      read() {
        sent += 1;
        if (sent < 3) this.push(Buffer.from('7\n'));
      },
      destroy(error, done) {
        setTimeout(() => {
          events.push(`query ${number} ended`);
          done(error);
        }, 30 * number);
      },
    });
    queries.push(query);
    return query;
  };
  const rows = readSlices({ ...newestFirst, slices: [minutes(8, 9), minutes(0, 8), minutes(0, 1)], open });
  rows.on('close', () => events.push('closed'));
  rows.on('error', () => undefined);
  rows.once('data', () => {
    rows.destroy(new Error('stop'));
    // As the signal does that both share.
    for (const query of queries) query.destroy(new Error('stop'));
  });
  await new Promise((resolve) => rows.once('close', resolve));
  expect(events).toEqual(['query 1 ended', 'query 2 ended', 'closed']);
});

test('one query runs ahead, and none under a row limit', async () => {
  const most = async (limit: number | undefined) => {
    let running = 0;
    let peak = 0;
    const rows = readSlices({
      ...newestFirst,
      ...(limit === undefined ? {} : { limit }),
      slices: Array.from({ length: 5 }, (_, index) => minutes(index, index + 1)),
      async open(query) {
        running += 1;
        peak = Math.max(peak, running);
        const found = Readable.from(rowsOf(query).map((line) => Buffer.from(line)));
        found.once('close', () => {
          running -= 1;
        });
        return found;
      },
    });
    await textOf(rows);
    return peak;
  };
  expect(await most(undefined)).toBe(2);
  expect(await most(100)).toBe(1);
});
