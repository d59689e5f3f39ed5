import type { RowKey } from '../source/keyed-rows.ts';
import type { BatchLimits, Mapped, Rejection, SinkEvent } from './event-sink.ts';

/** A row as far as its destiny has to be known. */
export interface RowRef {
  id: string;
  /** ISO. */
  eventTime: string;
  /** Made only where it is needed, once a batch. */
  key: () => RowKey;
}

export interface RejectedRow extends Rejection {
  row: RowRef;
}

/** Rows whose events travel in one request, and those between them that have none. */
export interface RowBatch<E> {
  events: E[];
  /** By position of the event. */
  rowOfEvent: RowRef[];
  /** Rows with events. */
  rows: number;
  /** Rows that could not be mapped. */
  rejected: RejectedRow[];
  bytes: number;
  last: RowRef;
}

/** Fills batches in the order of the rows: a row's events stay together, and no limit of the vendor is exceeded. */
export interface BatchFiller<E> {
  /** Takes a row; returns the batch that had to be closed before it. */
  add(row: RowRef, mapped: Mapped<E>): RowBatch<E> | undefined;
  /** What is left, if anything. */
  close(): RowBatch<E> | undefined;
}

/** So many rows without an event close a batch too, so that the position is kept. */
const MOST_REJECTED = 1_000;

export function createBatchFiller<E extends SinkEvent>(limits: BatchLimits): BatchFiller<E> {
  let open: RowBatch<E> | undefined;
  const close = () => {
    const closed = open;
    open = undefined;
    return closed;
  };
  const isFull = (batch: RowBatch<E>, events: readonly E[]) => {
    const bytes = events.reduce((sum, event) => sum + event.bytes, batch.bytes);
    const [first] = batch.events;
    return (
      batch.events.length + events.length > limits.events ||
      bytes > limits.bytes ||
      (first !== undefined && first.batchKey !== events[0]?.batchKey)
    );
  };
  return {
    add(row, mapped) {
      const events = 'events' in mapped ? mapped.events : [];
      const full =
        open !== undefined && (events.length > 0 ? isFull(open, events) : open.rejected.length >= MOST_REJECTED);
      const closed = full ? close() : undefined;
      open ??= { events: [], rowOfEvent: [], rows: 0, rejected: [], bytes: 0, last: row };
      for (const event of events) {
        open.events.push(event);
        open.rowOfEvent.push(row);
        open.bytes += event.bytes;
      }
      if ('rejected' in mapped) open.rejected.push({ ...mapped.rejected, row });
      else open.rows += 1;
      open.last = row;
      return closed;
    },
    close,
  };
}
