import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PageSource, readPages } from '../../../activities/sinks/page-reader.ts';

interface Row {
  id: number;
  text?: string;
}

/** A table in memory, sorted by id; pages come in chunks of a size that does not care for lines. */
function tableOf(
  rows: readonly Row[],
  chunkBytes = 7,
): PageSource<Row> & { pages: Array<{ after: number; limit: number }> } {
  const pages: Array<{ after: number; limit: number }> = [];
  return {
    pages,
    firstLimit: 3,
    parse: (line) => JSON.parse(line),
    keyOf: ({ id }) => [String(id)],
    async open({ after, limit }) {
      const last = after === undefined ? -1 : Number(after[0]);
      pages.push({ after: last, limit });
      const body = Buffer.from(
        rows
          .filter(({ id }) => id > last)
          .slice(0, limit)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(''),
      );
      const chunks = Array.from({ length: Math.ceil(body.length / chunkBytes) }, (_, index) =>
        body.subarray(index * chunkBytes, (index + 1) * chunkBytes),
      );
      return Readable.from(chunks, { objectMode: false });
    },
  };
}

async function idsOf(source: PageSource<Row>): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of readPages(source)) for (const { id } of page) ids.push(id);
  return ids;
}

test('every row comes once and in order, whatever the pages and chunks are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(200),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 40 }),
      async (count, chunk, firstLimit) => {
        const rows = Array.from({ length: count }, (_, id) => ({ id, text: 'é'.repeat(id % 5) }));
        const source = { ...tableOf(rows, chunk), firstLimit };
        expect(await idsOf(source)).toEqual(rows.map(({ id }) => id));
      },
    ),
    { numRuns: 60 },
  );
});

test('a later attempt begins behind the row that it is told', async () => {
  const rows = Array.from({ length: 10 }, (_, id) => ({ id }));
  expect(await idsOf({ ...tableOf(rows), after: ['6'] })).toEqual([7, 8, 9]);
  expect(await idsOf({ ...tableOf(rows), after: ['9'] })).toEqual([]);
});

test('pages grow while rows are small, and shrink where they are large', async () => {
  const rows = Array.from({ length: 380 }, (_, id) => ({ id, text: id < 300 ? '' : 'x'.repeat(2 ** 20) }));
  const source = tableOf(rows, 2 ** 18);
  expect((await idsOf(source)).length).toBe(380);
  const limits = source.pages.map(({ limit }) => limit);
  expect(limits.slice(0, 4)).toEqual([3, 16, 64, 256]);
  // 16 MiB of such rows, however many a page was allowed to have.
  expect(limits.at(-1)).toBeLessThanOrEqual(32);
});

test('a page of rows that suddenly are huge ends early: two such pages fit into memory', async () => {
  const rows = Array.from({ length: 70 }, (_, id) => ({ id, text: 'x'.repeat(2 ** 20) }));
  const source = { ...tableOf(rows, 2 ** 18), firstLimit: 100_000 };
  const sizes: number[] = [];
  for await (const page of readPages(source)) sizes.push([...page].length);
  expect(sizes[0]).toBeLessThanOrEqual(33);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(70);
});

test('the next page is read while the one before is delivered, and no further', async () => {
  const source = tableOf(Array.from({ length: 100 }, (_, id) => ({ id })));
  const pages = readPages(source);
  const first = await pages.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(first.done).toBe(false);
  expect(source.pages.map(({ after }) => after)).toEqual([-1, 2]);
  await pages.return(undefined);
  expect(source.pages.length).toBe(2);
});

test('a query that fails fails the rows, those before it come', async () => {
  const source = tableOf(Array.from({ length: 20 }, (_, id) => ({ id })));
  const open = source.open;
  let opened = 0;
  const failing: PageSource<Row> = {
    ...source,
    async open(page, number) {
      opened += 1;
      if (opened === 2) throw new Error('code 241');
      return open(page, number);
    },
  };
  const ids: number[] = [];
  const reading = (async () => {
    for await (const page of readPages(failing)) for (const { id } of page) ids.push(id);
  })();
  await expect(reading).rejects.toThrow('code 241');
  expect(ids).toEqual([0, 1, 2]);
});
