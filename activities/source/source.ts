/** What activities need of a ClickHouse source; `clickhouse-source.ts` implements it. */
import type { Readable } from 'node:stream';
import type { HistoryOverview, Part, SpanCounts, SpanQuery, Window } from '../../shared/activities.ts';
import type { Compression, Format } from '../../shared/config/integration.ts';
import type { Filter } from '../../shared/filters/filter.ts';
import type { Search } from '../../shared/filters/search.ts';
import type { PartTarget } from '../../shared/parts.ts';
import type { ColumnGroup, SourceName } from '../../shared/sources/catalog.ts';

/** What is read: fixed for one integration and configuration. */
export interface Selection {
  projectId: string;
  source: SourceName;
  columnGroups: readonly ColumnGroup[];
  format: Format;
  csv: { bom: boolean; formulaGuard: boolean };
  /** Rows that are meant: all of them hold. Default: none, that is every row. */
  filters?: readonly Filter[];
  search?: Search;
  /** Legacy sources only: how far live windows look back in event time. Default 7. */
  lookBackDays?: number;
}

/** Rows, and the bounds of their event times, of a part as ClickHouse has them at this moment. */
export interface PartCount {
  rows: number;
  minEventTime?: string;
  maxEventTime?: string;
}

/** A column of the exported file, as it stands in the manifest. */
export interface FileColumn {
  name: string;
  /** ClickHouse type of the exported expression. */
  type: string;
}

/** Names the rows that a late sweep left out or found; keys live in `exports.delivered`. */
export interface DeliveredScope {
  projectId: string;
  integrationId: string;
}

export interface StreamOptions {
  queryId: string;
  signal: AbortSignal;
  /** `log_comment`, as JSON. */
  comment: Record<string, string | number>;
  /** Required when the window is a late one. */
  delivered: DeliveredScope;
}

export interface Source {
  /** The file's columns in order; a pure function of the selection and the table, cached per process. */
  columns(selection: Selection): Promise<FileColumn[]>;
  surveyHistory(selection: Selection, input: { updatedBefore: string; eventFrom?: string }): Promise<HistoryOverview>;
  planSpan(selection: Selection, query: Omit<SpanQuery, 'job'>): Promise<SpanCounts>;
  findLateRows(
    selection: Selection,
    query: Omit<SpanQuery, 'job'> & { late: number },
    delivered: DeliveredScope,
  ): Promise<SpanCounts>;
  /** Parts with expected rows and bytes; none when the window holds no row. */
  planParts(selection: Selection, window: Window, target: PartTarget, options: StreamOptions): Promise<Part[]>;
  /** Registers the rows of a live window, so that the sweeps can tell which came later; for a late window, registers the missing rows. */
  registerDelivered(selection: Selection, window: Window, options: StreamOptions): Promise<void>;
  countPart(selection: Selection, window: Window, part: Part, options: StreamOptions): Promise<PartCount>;
  /** The part's rows as ClickHouse renders them. The stream fails (never just ends) when the query failed. */
  streamPart(selection: Selection, window: Window, part: Part, options: StreamOptions): Promise<Readable>;
  /** How far the replica that answers is behind, in seconds; 0 where there is none or nobody may know. */
  replicaLagSeconds(selection: Selection): Promise<number>;
  /** Whether table and rights are there. Throws a typed failure. */
  probe(selection: Selection): Promise<void>;
}

/** What went through a stream of rows. */
export interface StreamTally {
  rows: number;
  uncompressedBytes: number;
  /** Bytes and sha256 (hex) of what was written, after compression. */
  bytes: number;
  sha256: string;
}

/** Counts rows in the rendered bytes, compresses and hashes on the way through (implemented in `tally-stream.ts`). */
export type TallyStream = (
  rows: Readable,
  options: { format: Format; compression: Compression; signal: AbortSignal },
) => { output: Readable; tally: Promise<StreamTally>; progress: () => { rows: number; bytes: number } };
