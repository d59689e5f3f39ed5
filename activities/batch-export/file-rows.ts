import type { Readable } from 'node:stream';
import type { BatchExportJob } from '../../shared/batch-export.ts';
import type { OrderedCounts } from '../source/ordered-rows.ts';
import type { Downloads } from './downloads.ts';
import { downloadQuery, selectionOf } from './selected-rows.ts';
import { readSlices } from './sliced-rows.ts';
import { cutSlices, SLICE_TARGET, wholeSlice } from './slices.ts';

export interface FileRows {
  job: BatchExportJob;
  counts: OrderedCounts;
  /** Infinity: none. */
  limit: number;
  /** Begins the ids of all queries. */
  step: string;
  signal: AbortSignal;
  /** Told before each query: its id, which slice, from 1, and of how many. */
  onQuery: (queryId: string, at: { slice: number; slices: number }) => void;
}

/**
 * The rows of a file in the order that was asked for. Text in order of start time comes slice by slice. Parquet, whose files cannot be
 * joined, and other orders come from one query with a sort that may go to ClickHouse's disk.
 */
export async function openRows(
  { source, sliceTarget = SLICE_TARGET }: Downloads,
  { job, counts, limit, step, signal, onQuery }: FileRows,
): Promise<Readable> {
  const { format, order } = job.request;
  const selection = selectionOf(job);
  const until = job.clickedAt;
  const optionsOf = (number: number) => {
    const options = downloadQuery(job, step, signal);
    return { ...options, queryId: `${options.queryId}-${number}` };
  };
  const atMost = (rows: number | undefined) =>
    rows === undefined || rows === Number.POSITIVE_INFINITY ? {} : { limit: rows };

  if (format === 'parquet' || order.column !== 'startTime') {
    const options = optionsOf(1);
    onQuery(options.queryId, { slice: 1, slices: 1 });
    const query = { until, slice: wholeSlice(counts), order, first: true, sortsAll: true, ...atMost(limit) };
    return source.streamOrdered(selection, query, options);
  }
  return readSlices({
    format,
    slices: cutSlices(counts, sliceTarget, order.direction),
    direction: order.direction,
    ...atMost(limit),
    open: ({ slice, number, first, limit: rows }) =>
      source.streamOrdered(
        selection,
        { until, slice, order, first, sortsAll: false, ...atMost(rows) },
        optionsOf(number),
      ),
    onSlice: (at, { number }) => onQuery(optionsOf(number).queryId, at),
  });
}
