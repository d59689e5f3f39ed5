import type { FilterColumn } from '../filters/columns.ts';
import type { Search } from '../filters/search.ts';
import type { ColumnGroup, SourceName } from './catalog.ts';

/** Formats that need the same expressions: JSON and JSONL validate text themselves; CSV has no objects; Parquet has types. */
export type FormatFamily = 'csv' | 'json' | 'parquet';

/** One column of the exported file. The expressions speak of the table as `e`. */
export interface SourceColumn {
  name: string;
  group: ColumnGroup;
  sql: Record<FormatFamily, string>;
  /** CSV with a leading apostrophe before what a spreadsheet would take for a formula; absent where the cell cannot be one. */
  guardedCsv?: string;
}

/**
 * What planning and part queries must know about the sort key. "Key" conditions may stand in PREWHERE: all versions of a row
 * agree on them, and the primary key understands them. Everything else belongs behind FINAL.
 */
export interface SortKey {
  projectId: string;
  /** DateTime64 column or expression; used for bounds in results, never in conditions. */
  eventTime: string;
  /** Event time in `[{from}, {to})`, both `DateTime64(6,'UTC')` parameters inside {@link EVENT_TIME_BOUNDS}: the conditions on the key. */
  rangeInKey: readonly string[];
  /**
   * The rest of that range, for WHERE. Empty where the exact event time is part of the sort key. Tables whose key holds the day only
   * put the exact bound here, in a form that no index understands (an index would prune newer versions before FINAL sees them).
   */
  rangeAfterFinal: readonly string[];
  /** Event time in microseconds since 1970, in a form that the primary key does not understand: right for every year. Partitions are pruned by it. */
  eventMicros: string;
  /** What the key stores of the event time: its minute, or only its day. */
  stored: StoredTime;
  /** The key behind the project: rows come in this order at no cost, and together the values tell every row of the project. */
  order: readonly OrderedColumn[];
  /** A UInt32 of columns in the key that spreads the rows of one minute evenly. */
  hash: string;
  /** When the row was first written; not part of the key. */
  createdAt: string;
  /** When the version of a row was written; not part of the key. */
  updatedAt: string;
  /** The same in microseconds since 1970. */
  updatedMicros: string;
  /** The delete flag of the replacing engine. */
  isDeleted: string;
  /** 64-bit key of one version of a row. */
  versionKey: string;
  /** Settings under which FINAL is right and fast for this key. */
  settings: Readonly<Record<string, number | string>>;
}

/** One column of a sort key, for reading page by page. */
export interface OrderedColumn {
  /** As it stands in ORDER BY. */
  sql: string;
  /** The same as a number or text that a parameter can hold, in the same order. Default: as it stands. */
  value?: string;
  type: 'UInt16' | 'UInt32' | 'Int64' | 'String';
  /** A parameter as the column itself has it. Default: as it is. @param value SQL of the parameter */
  of?: (value: string) => string;
}

/** The event time as a sort key stores it. All versions of a row agree on it, and on nothing finer. */
export interface StoredTime {
  /** The expression in the key. */
  column: string;
  /** The same of an instant. @param seconds SQL of epoch seconds */
  of: (seconds: string) => string;
  /** True where the whole event time is part of the sort key, so that conditions on it may stand in PREWHERE. */
  exact: boolean;
}

/** What filters, searches and orders mean for a table, as SQL over it as `e`. Times are microseconds, other numbers Float64; texts are never null. */
export interface FilterSql {
  /** Columns that the table has. */
  columns: Partial<Readonly<Record<Exclude<FilterColumn, 'metadata'>, string>>>;
  /** The value of a name in the metadata: the first of repeated names wins, '' when there is none. */
  metadataValue: (name: string) => string;
  /** Where a search looks. */
  searched: Readonly<Record<Search['types'][number], readonly string[]>>;
  /** What makes any order a total one. */
  ties: readonly string[];
}

/** A table that can be exported. Another table is one more value of this type. */
export interface SourceDefinition {
  name: SourceName;
  columns: readonly SourceColumn[];
  /** Groups whose columns are long: cut short in the table's cheaper copy, where it has one. */
  fullOnlyGroups: readonly ColumnGroup[];
  key: SortKey;
  filters: FilterSql;
  /** Lengths of input and output in characters; absent where there are none. */
  lengths?: { input: string; output: string };
  /** Expected bytes of one exported row as SQL, with and without the groups of `fullOnlyGroups`. */
  rowBytes: { full: string; core: string };
}

/**
 * Event times in `[min, max)`, epoch ms, obey the primary key; `toStartOfMinute` wraps beyond. Rows outside are found by a
 * condition of their own.
 */
export const EVENT_TIME_BOUNDS = { min: Date.UTC(1970, 0, 2), max: Date.UTC(2106, 0, 1) } as const;
