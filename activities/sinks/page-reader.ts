import type { Readable } from 'node:stream';
import type { KeyedPage, RowKey } from '../source/keyed-rows.ts';

export interface PageSource<R> {
  /** Opens one page as JSON lines. @param number from 1; no two pages of a part have the same */
  open: (page: Pick<KeyedPage, 'after' | 'limit'>, number: number) => Promise<Readable>;
  /** @param line one row as JSON */
  parse: (line: string) => R;
  keyOf: (row: R) => RowKey;
  /** Rows of the first page. */
  firstLimit: number;
  /** The row behind which to begin. */
  after?: RowKey | undefined;
}

/** A page is about this large; two are in memory, the one that is delivered and the next one. */
const PAGE_BYTES = 16 * 2 ** 20;
/** Where rows suddenly are much larger than before, a page ends here. */
const MOST_PAGE_BYTES = 32 * 2 ** 20;
/** Below 20,000 rows a page costs noticeably more than the stream of its rows (measured: `reference/clickhouse-recipes.md` §5); beyond 50,000 nothing is gained. */
const MOST_PAGE_ROWS = 40_000;
const LEAST_PAGE_ROWS = 16;
const NEWLINE = 0x0a;

/**
 * The rows of a part, page by page in the order of the sort key. The next page is read while the one before is delivered, into memory, so
 * that no query waits for a vendor. Pages follow the size of their rows.
 */
export async function* readPages<R>(source: PageSource<R>): AsyncGenerator<Iterable<R>> {
  let limit = source.firstLimit;
  let number = 1;
  let next: Promise<Page> | undefined = readPage(source, source.after, limit, number);
  try {
    while (next !== undefined) {
      const page: Page = await next;
      next = undefined;
      if (page.lines.length === 0) return;
      if (!page.isLast) {
        limit = nextLimit(limit, page);
        number += 1;
        next = readPage(source, page.lastKey, limit, number);
        // It may fail long before it is its turn.
        next.catch(() => undefined);
      }
      yield rowsOf(source, page.lines);
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

interface Page {
  lines: Buffer;
  rows: number;
  lastKey: RowKey;
  /** No row is behind it. */
  isLast: boolean;
}

async function readPage<R>(
  source: PageSource<R>,
  after: RowKey | undefined,
  limit: number,
  number: number,
): Promise<Page> {
  const stream = await source.open({ limit, ...(after !== undefined && { after }) }, number);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isWhole = true;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < MOST_PAGE_BYTES || !chunk.includes(NEWLINE)) continue;
    // Leaving the loop destroys the stream, which ends the query.
    isWhole = false;
    break;
  }
  const read = Buffer.concat(chunks);
  const lines = read.subarray(0, read.lastIndexOf(NEWLINE) + 1);
  const rows = countLines(lines);
  const lastLine = lines.toString('utf8', lines.lastIndexOf(NEWLINE, -2) + 1, lines.length - 1);
  const lastKey = rows === 0 ? [] : source.keyOf(source.parse(lastLine));
  return { lines, rows, lastKey, isLast: isWhole && rows < limit };
}

function nextLimit(limit: number, { lines, rows }: Page): number {
  const fitting = Math.floor((PAGE_BYTES / lines.length) * rows);
  return Math.max(LEAST_PAGE_ROWS, Math.min(limit * 4, fitting, MOST_PAGE_ROWS));
}

function* rowsOf<R>({ parse }: Pick<PageSource<R>, 'parse'>, lines: Buffer): Generator<R> {
  for (let from = 0; from < lines.length; ) {
    const to = lines.indexOf(NEWLINE, from);
    yield parse(lines.toString('utf8', from, to));
    from = to + 1;
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at !== -1; at = lines.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
