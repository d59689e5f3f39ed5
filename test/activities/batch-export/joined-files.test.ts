import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinFiles, type TextFormat } from '../../../activities/batch-export/joined-files.ts';

interface Row {
  id: number;
  text: string;
}

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** As ClickHouse writes them. */
const RENDER: Record<TextFormat, (rows: readonly Row[]) => string> = {
  csv: (rows) =>
    ['"id","text"', ...rows.map(({ id, text }) => `${id},${quote(text)}`)].map((line) => `${line}\n`).join(''),
  json: (rows) => `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`,
  jsonl: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
};

async function* cut(text: string, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let rest = Buffer.from(text);
  for (const length of lengths) {
    if (rest.length === 0) return;
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
  if (rest.length > 0) yield rest;
}

test.each(['csv', 'json', 'jsonl'] as const)(
  'files of %s, cut anywhere, join to the file of all their rows',
  async (format) => {
    const row = fc.record({
      id: fc.nat(),
      text: fc.string({ unit: fc.constantFrom('a', '"', '\n', ']', '[', ',', 'é') }),
    });
    const file = fc.record({
      rows: fc.array(row, { maxLength: 4 }),
      lengths: fc.array(fc.integer({ min: 1, max: 9 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 5 }), async (files) => {
        const parts = async function* () {
          for (const { rows, lengths } of files) yield cut(RENDER[format](rows), lengths);
        };
        const joined: Buffer[] = [];
        for await (const chunk of joinFiles(format, parts())) joined.push(chunk);
        const all = files.flatMap(({ rows }) => rows);
        expect(Buffer.concat(joined).toString()).toBe(RENDER[format](all));
      }),
    );
  },
);
