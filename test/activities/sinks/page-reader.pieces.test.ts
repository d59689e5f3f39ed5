import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readPages } from '../../../activities/sinks/page-reader.ts';

/** Pages come in pieces of any size, cut anywhere: within a character, a line, at a newline. */

/** JSON lines of `[key, text]`, cut at the positions. */
function piecesOf(rows: ReadonlyArray<readonly [number, string]>, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
}

it('every row comes once and in order, however the pages and their pieces are cut', async () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      texts,
      fc.array(fc.nat(5_000), { maxLength: 40 }),
      fc.integer({ min: 1, max: 70 }),
      async (all, cuts, firstLimit) => {
        const rows = all.map((text, index) => [index, text] as const);
        const read: unknown[] = [];
        const pages = readPages<[number, string]>({
          async open({ after, limit }) {
            const from = after === undefined ? 0 : Number(after[0]) + 1;
            return Readable.from(piecesOf(rows.slice(from, from + limit), cuts).filter((piece) => piece.length > 0));
          },
          parse: (line) => JSON.parse(line),
          keyOf: ([key]) => [String(key)],
          firstLimit,
        });
        for await (const page of pages) read.push(...page);
        expect(read).toEqual(rows);
      },
    ),
  );
});

it('a page that grows too large ends behind a whole row, and the next one goes on there', async () => {
  const text = 'x'.repeat(2 ** 20);
  const rows = Array.from({ length: 40 }, (_, index) => [index, text] as const);
  const opened: number[] = [];
  const read: number[] = [];
  const pages = readPages<[number, string]>({
    async open({ after, limit }) {
      const from = after === undefined ? 0 : Number(after[0]) + 1;
      opened.push(from);
      return Readable.from(
        piecesOf(
          rows.slice(from, from + limit),
          Array.from({ length: 80 }, (_, cut) => cut * 500_009),
        ),
      );
    },
    parse: (line) => JSON.parse(line),
    keyOf: ([key]) => [String(key)],
    firstLimit: 1_000,
  });
  for await (const page of pages) for (const [key] of page) read.push(key);
  expect(read).toEqual(rows.map(([key]) => key));
  expect(opened.length).toBeGreaterThan(1);
});
