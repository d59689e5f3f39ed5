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

/** A page is about this large, 8,000 rows without texts; two are in memory, the one that is delivered and the next one. */
const PAGE_BYTES = 8 * 2 ** 20;
/** Where rows suddenly are much larger than before, a page ends here. */
const MOST_PAGE_BYTES = 16 * 2 ** 20;
/** Of the shortest rows; beyond 50,000 nothing is gained (measured: `reference/clickhouse-recipes.md` §5). */
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
      if (page.rows === 0) return;
      if (!page.isLast) {
        limit = nextLimit(limit, page);
        number += 1;
        next = readPage(source, page.lastKey, limit, number);
        // It may fail long before it is its turn.
        next.catch(() => undefined);
      }
      yield rowsOf(source, page.pieces);
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

interface Page {
  /** Whole lines, in the pieces in which they came; emptied while the page is delivered. */
  pieces: Buffer[];
  bytes: number;
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
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isWhole = true;
  for await (const chunk of stream) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes < MOST_PAGE_BYTES || !chunk.includes(NEWLINE)) continue;
    // Leaving the loop destroys the stream, which ends the query.
    isWhole = false;
    break;
  }
  dropRest(pieces);
  const rows = pieces.reduce((sum, piece) => sum + countLines(piece), 0);
  const lastKey = rows === 0 ? [] : source.keyOf(source.parse(lastLineOf(pieces)));
  return { pieces, bytes, rows, lastKey, isLast: isWhole && rows < limit };
}

function nextLimit(limit: number, { bytes, rows }: Page): number {
  const fitting = Math.floor((PAGE_BYTES / bytes) * rows);
  return Math.max(LEAST_PAGE_ROWS, Math.min(limit * 4, fitting, MOST_PAGE_ROWS));
}

function* rowsOf<R>({ parse }: Pick<PageSource<R>, 'parse'>, pieces: Buffer[]): Generator<R> {
  let begun: Buffer[] = [];
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    let from = 0;
    for (let to = piece.indexOf(NEWLINE); to !== -1; to = piece.indexOf(NEWLINE, from)) {
      const line = begun.length === 0 ? piece.toString('utf8', from, to) : joined(begun, piece.subarray(from, to));
      begun = [];
      from = to + 1;
      yield parse(line);
    }
    if (from < piece.length) begun.push(piece.subarray(from));
  }
}

function joined(begun: readonly Buffer[], end: Buffer): string {
  return Buffer.concat([...begun, end]).toString('utf8');
}

/** Cuts what stands behind the last newline. */
function dropRest(pieces: Buffer[]): void {
  for (let last = pieces.pop(); last !== undefined; last = pieces.pop()) {
    const end = last.lastIndexOf(NEWLINE) + 1;
    if (end === 0) continue;
    pieces.push(last.subarray(0, end));
    return;
  }
}

/** Without its newline. The pieces end with one. */
function lastLineOf(pieces: readonly Buffer[]): string {
  const line: Buffer[] = [];
  for (const piece of pieces.toReversed()) {
    const ends = line.length === 0 ? piece.length - 1 : piece.length;
    const from = piece.subarray(0, ends).lastIndexOf(NEWLINE) + 1;
    line.unshift(piece.subarray(from, ends));
    if (from > 0) break;
  }
  return Buffer.concat(line).toString('utf8');
}

function countLines(piece: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
