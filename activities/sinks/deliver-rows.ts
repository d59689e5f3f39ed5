import { setImmediate as turn } from 'node:timers/promises';
import type { RowKey } from '../source/keyed-rows.ts';
import type { EventSink, Mapped, SendOptions, SinkEvent } from './event-sink.ts';
import { createBatchFiller, type RejectedRow, type RowBatch, type RowRef } from './row-batches.ts';

/** How far a delivery is: every row up to `lastKey` is accepted, or listed as rejected. */
export interface Delivered {
  lastKey: RowKey | undefined;
  /** Rows. */
  accepted: number;
  rejected: number;
  /** Bytes of the events before compression. */
  bytes: number;
}

export interface RowDelivery<R, E extends SinkEvent> {
  sink: Pick<EventSink<E>, 'limits' | 'parallelRequests' | 'send'>;
  /** In the order of the keys. */
  pages: AsyncIterable<Iterable<R>>;
  refOf: (row: R) => RowRef;
  map: (row: R) => Mapped<E>;
  /** Lists rows as rejected; before they count. */
  reject: (rows: readonly RejectedRow[]) => Promise<void>;
  /** Where an earlier attempt came to. */
  from: Delivered;
  /** Told whenever the row up to which everything is settled moves on. */
  onProgress: (delivered: Delivered) => void;
  onWait?: SendOptions['onWait'];
  believeRefusals?: boolean;
  signal: AbortSignal;
}

/**
 * Bytes of events, before compression, in all requests that are in flight, if there are several: what memory holds of them is some times as
 * much. With answers after 0.2 s that is 40 MB/s, more than either vendor takes of a project.
 */
const MOST_BYTES_IN_FLIGHT = 8_000_000;

/** After so many rows the event loop gets its turn: else neither the next page nor an answer is read while a page is mapped. */
const ROWS_PER_TURN = 128;

/**
 * Sends rows as events, several requests at once, each acknowledged. Memory holds the batches in flight and the pages that are read.
 * On the first failure, or when aborted, the other requests are stopped, and this ends when all are quiet.
 *
 * @returns where all rows are settled
 * @throws what the sink, the pages or `reject` throw; the signal's reason when aborted
 */
export async function deliverRows<R, E extends SinkEvent>(delivery: RowDelivery<R, E>): Promise<Delivered> {
  const { sink, pages, refOf, map, from, onProgress } = delivery;
  const stop = new AbortController();
  const signal = AbortSignal.any([delivery.signal, stop.signal]);
  const filler = createBatchFiller<E>(sink.limits);
  const running = new Set<Promise<void>>();
  let bytesInFlight = 0;
  const unsettled: Array<{ batch: RowBatch<E>; rejected?: number }> = [];
  let settled = from;
  let failure: { error: unknown } | undefined;

  /** Moves on over the batches at the front that are settled, whatever the order in which they were. */
  const advance = () => {
    let moved = false;
    for (let first = unsettled[0]; first?.rejected !== undefined; first = unsettled[0]) {
      const { batch, rejected } = first;
      const rows = batch.rows + batch.rejected.length;
      settled = {
        lastKey: batch.last.key(),
        accepted: settled.accepted + rows - rejected,
        rejected: settled.rejected + rejected,
        bytes: settled.bytes + batch.bytes,
      };
      unsettled.shift();
      moved = true;
    }
    if (moved) onProgress(settled);
  };

  const settle = async (entry: (typeof unsettled)[number]): Promise<void> => {
    try {
      const rejected = await sendBatch(delivery, entry.batch, signal);
      if (rejected.length > 0) await delivery.reject(rejected);
      entry.rejected = rejected.length;
      advance();
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
  };

  const dispatch = async (batch: RowBatch<E> | undefined): Promise<void> => {
    if (batch === undefined) return;
    const isFull = () =>
      running.size >= sink.parallelRequests || (running.size > 0 && bytesInFlight + batch.bytes > MOST_BYTES_IN_FLIGHT);
    while (isFull()) await Promise.race(running);
    signal.throwIfAborted();
    const entry = { batch };
    unsettled.push(entry);
    bytesInFlight += batch.bytes;
    const work = settle(entry).finally(() => {
      running.delete(work);
      bytesInFlight -= batch.bytes;
    });
    running.add(work);
  };

  try {
    let rows = 0;
    for await (const page of pages) {
      for (const row of page) {
        const closed = filler.add(refOf(row), map(row));
        if (closed !== undefined) await dispatch(closed);
        rows += 1;
        if (rows % ROWS_PER_TURN === 0) await turn();
      }
    }
    await dispatch(filler.close());
  } catch (error) {
    failure ??= { error };
    stop.abort(error);
  }
  await Promise.all(running);
  delivery.signal.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  return settled;
}

/** Every row of the batch that was not accepted, once. */
async function sendBatch<R, E extends SinkEvent>(
  { sink, onWait, believeRefusals = false }: RowDelivery<R, E>,
  batch: RowBatch<E>,
  signal: AbortSignal,
): Promise<RejectedRow[]> {
  const refused =
    batch.events.length === 0
      ? []
      : await sink.send(batch.events, { signal, believeRefusals, ...(onWait !== undefined && { onWait }) });
  const byRow = new Map<RowRef, RejectedRow>();
  for (const { index, ...rejection } of refused) {
    const row = batch.rowOfEvent[index];
    if (row !== undefined && !byRow.has(row)) byRow.set(row, { ...rejection, row });
  }
  return [...batch.rejected, ...byRow.values()];
}
