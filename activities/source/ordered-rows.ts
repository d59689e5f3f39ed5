/**
 * Rows up to an instant in an order, for files that people ask for: counted per minute, then read slice by slice, so that no sort
 * needs all of them (`reference/clickhouse-recipes.md` §5).
 */
import type { Readable } from 'node:stream';
import type { Order } from '../../shared/filters/order.ts';
import type { MinuteRun } from '../../shared/minute-runs.ts';
import type { CountedMinute } from '../../shared/parts.ts';
import { EVENT_TIME_BOUNDS, type SortKey } from '../../shared/sources/definition.ts';
import type { Selection, StreamOptions } from './source.ts';
import { type Conditions, dateTimeText } from './statement.ts';

/** Which of the rows one query reads. */
export type OrderedSlice =
  /** Event times in these minutes; no runs: no row. */
  | { kind: 'minutes'; runs: MinuteRun[] }
  /** Event times in `[from, to)`, microseconds since 1970, inside one minute. */
  | { kind: 'instants'; from: number; to: number }
  /** Event times before the years of the primary key. */
  | { kind: 'before' }
  /** All. */
  | { kind: 'whole' };

/** How many rows there are: by minute, ascending, and those dated before the years of the primary key. */
export interface OrderedCounts {
  minutes: CountedMinute[];
  before: { rows: number; bytes: number };
}

/** What a reader of ordered rows is told beside its id. */
export type OrderedOptions = Omit<StreamOptions, 'delivered'>;

export interface OrderedQuery {
  /** ISO. Rows with an event time or a creation after it are left out. */
  until: string;
  slice: OrderedSlice;
  order: Order;
  /** At most so many rows, the first in the order. */
  limit?: number;
  /** True when the rows begin a file: the byte order mark stands before them, if one is wanted. */
  first: boolean;
  /** True when this is the one query of a file: its sort may need more memory than that of a slice. */
  sortsAll: boolean;
}

/** Implemented by `clickhouse-source.ts`. Everything throws ExportError. */
export interface OrderedSource {
  /** Newest versions under the selection's filters, dated and created up to `until`. */
  countOrdered(selection: Selection, until: string, options: OrderedOptions): Promise<OrderedCounts>;
  /** The total of the same. */
  countUntil(selection: Selection, until: string, options: OrderedOptions): Promise<{ rows: number; bytes: number }>;
  /**
   * Rows as ClickHouse renders them, sorted. The stream fails (never just ends) when the query failed.
   * Sorts larger than 200 MB go by way of ClickHouse's disk.
   */
  streamOrdered(selection: Selection, query: OrderedQuery, options: OrderedOptions): Promise<Readable>;
}

/**
 * A sort of everything needs this much: with 512 MB it fails where several data parts overlap (measured; 380 to 610 MB were used).
 * Slices stay under the ordinary limit.
 */
export const WHOLE_SORT_BYTES = 1_000_000_000;

/** Without the first, each run on disk is read back in blocks of 16 MB, and hundreds of runs exceed any limit. */
export const EXTERNAL_SORT = {
  prefer_external_sort_block_bytes: 1_000_000,
  max_bytes_before_external_sort: 200_000_000,
  max_bytes_ratio_before_external_sort: 0,
} as const;

export const MICROS_PER_MINUTE = 60_000_000;
/** The first minute of the primary key's years. */
const FIRST_MINUTE = EVENT_TIME_BOUNDS.min / 60_000;

/** Dated and created up to the instant; in a form that the primary key does not understand, so right for every year. */
export function isUntil(key: SortKey, until: string): Partial<Conditions> {
  return {
    rest: [
      `${key.eventMicros} <= ${Date.parse(until) * 1000}`,
      `${key.createdAt} <= {created_until:DateTime64(6,'UTC')}`,
    ],
    params: { created_until: dateTimeText(until) },
  };
}

/** Event times in `[from, to)` microseconds of one minute; before FINAL only as far as the key stores them. */
export function inInstants({ stored, eventMicros }: SortKey, from: number, to: number): Partial<Conditions> {
  const minute = Math.floor(from / MICROS_PER_MINUTE) * 60;
  const exact = [`${eventMicros} >= ${from}`, `${eventMicros} < ${to}`];
  const inKey = `${stored.column} = ${stored.of(String(minute))}`;
  return stored.exact ? { key: [inKey, ...exact] } : { key: [inKey], rest: exact };
}

/** @param counted minutes by arithmetic, so those before the key's years are small or negative */
export function arrangeCounts(counted: readonly CountedMinute[]): OrderedCounts {
  const before = { rows: 0, bytes: 0 };
  const minutes: CountedMinute[] = [];
  for (const one of counted) {
    if (one.minute >= FIRST_MINUTE) {
      minutes.push(one);
    } else {
      before.rows += one.rows;
      before.bytes += one.bytes;
    }
  }
  return { minutes, before };
}
