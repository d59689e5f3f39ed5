import { Readable } from 'node:stream';
import type { Order } from '../../shared/filters/order.ts';
import { ExportError } from '../export-error.ts';
import type { OrderedSlice } from '../source/ordered-rows.ts';
import { createRowCounter } from '../source/row-counters.ts';
import { joinFiles, type TextFormat } from './joined-files.ts';
import { halveSlice } from './slices.ts';

/** One query for the rows of one slice. */
export interface SliceQuery {
  slice: OrderedSlice;
  /** From 1; no two queries of a file have the same. */
  number: number;
  /** True until a slice has brought the begin of the file. */
  first: boolean;
  /** At most so many rows. */
  limit?: number;
}

export interface SlicedRows {
  format: TextFormat;
  slices: readonly OrderedSlice[];
  direction: Order['direction'];
  /** Rows after which the file ends. */
  limit?: number | undefined;
  /** Starts a query; its stream must break when the export is cancelled. */
  open: (query: SliceQuery) => Promise<Readable>;
  /** Told before each query: which slice, from 1, of how many as far as is known. */
  onSlice: (progress: { slice: number; slices: number }, query: SliceQuery) => void;
}

/**
 * The rows of all slices as one file; memory does not grow with the rows. While a slice is read, the query of the next one already sorts
 * (not under a row limit, which may end the file). A slice that is too large for one query is halved, as long as none of its rows have
 * been passed on: a sort sends nothing before it is done. When the stream is destroyed, it closes once its queries have ended.
 */
export function readSlices(rows: SlicedRows): Readable {
  return Readable.from(joinFiles(rows.format, filesOf(rows)), { objectMode: false });
}

/** A query that has been started. */
interface Started {
  query: SliceQuery;
  opened: Promise<Opened>;
}

interface Opened {
  stream: Readable;
  begin: IteratorResult<Buffer>;
  rest: AsyncIterator<Buffer>;
}

async function* filesOf({ format, slices, direction, limit, open, onSlice }: SlicedRows) {
  const waiting = [...slices];
  let number = 0;
  let begun = 0;
  let rows = 0;
  const startNext = (): Started | undefined => {
    const slice = waiting.shift();
    if (slice === undefined) return undefined;
    number += 1;
    const query: SliceQuery = { slice, number, first: begun === 0 };
    if (limit !== undefined) query.limit = limit - rows;
    const opened = begin(() => open(query));
    // It may fail long before it is its turn.
    opened.catch(() => undefined);
    return { query, opened };
  };

  let ahead: Started | undefined;
  try {
    for (let current = startNext(); current !== undefined; current = ahead ?? startNext()) {
      const { query, opened } = current;
      ahead = current;
      onSlice({ slice: begun + 1, slices: begun + 1 + waiting.length }, query);
      const found = await opened.catch((error: unknown) => {
        const halves = isTooLarge(error) ? halveSlice(query.slice, direction) : undefined;
        if (halves === undefined) throw error;
        return halves;
      });
      ahead = undefined;
      if (Array.isArray(found)) {
        waiting.unshift(...found);
        continue;
      }
      begun += 1;
      const counter = limit === undefined ? undefined : createRowCounter(format);
      try {
        if (limit === undefined) ahead = startNext();
        yield passing(found, (chunk) => counter?.add(chunk));
      } finally {
        await closed(found.stream);
      }
      rows += counter?.finish() ?? 0;
      if (limit !== undefined && rows >= limit) return;
    }
  } finally {
    await ahead?.opened.then(({ stream }) => closed(stream)).catch(() => undefined);
  }
}

/** Waits for the first bytes. */
async function begin(open: () => Promise<Readable>): Promise<Opened> {
  const stream = await open();
  try {
    const rest: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
    return { stream, begin: await rest.next(), rest };
  } catch (error) {
    await closed(stream);
    throw error;
  }
}

async function* passing({ begin, rest }: Opened, see: (chunk: Buffer) => void) {
  for (let next = begin; next.done !== true; next = await rest.next()) {
    see(next.value);
    yield next.value;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof ExportError && error.type === 'SourceTooLarge';
}

/** A query's stream closes when the query has ended on the server too. */
async function closed(stream: Readable): Promise<void> {
  stream.destroy();
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
}
