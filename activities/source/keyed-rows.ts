/**
 * Rows of a part page by page in the order of the sort key, for destinations that may be slow: no query stays open meanwhile, and a later
 * attempt goes on behind the last key (`reference/clickhouse-recipes.md` §5).
 */
import type { Readable } from 'node:stream';
import type { Part, Window } from '../../shared/activities.ts';
import { joinRuns } from '../../shared/minute-runs.ts';
import { DAY, MINUTE } from '../../shared/period.ts';
import {
  EVENT_TIME_BOUNDS,
  type OrderedColumn,
  type SortKey,
  type SourceDefinition,
} from '../../shared/sources/definition.ts';
import { inMinutes, ofSelection } from './conditions.ts';
import { conditionsOf } from './part-queries.ts';
import type { Planner } from './plan-parts.ts';
import { formatSettings, type Settings } from './settings.ts';
import type { Selection, StreamOptions } from './source.ts';
import type { SourceTable } from './source-table.ts';
import { allOf, type Conditions, filterClause, type Statement } from './statement.ts';

/** Where a row stands in the order of the sort key: one text per column. */
export type RowKey = readonly string[];

/** How a row is rendered for a vendor. */
export interface KeyedColumns {
  /** The name of the metadata entry that holds the vendor's session. */
  sessionName: string;
  /** Input and output are cut to so many bytes. */
  textBytes: number;
  /** Only these of the selection's columns are read. Default: all. */
  columns?: readonly string[];
}

export interface KeyedPage extends KeyedColumns {
  /** Rows behind this one; the first page without it. */
  after?: RowKey;
  /** Most rows of the page. */
  limit: number;
}

/** Implemented by `clickhouse-source.ts`. */
export interface KeyedSource {
  /**
   * One page as JSON lines: the selection's columns (see `KeyedColumns.columns`), `vendor_session_id`, with input and output also `input_length` and `output_length` in
   * characters, and the row's key as `_key0`, `_key1` …. The stream fails (never just ends) when the query failed.
   */
  streamPage(
    selection: Selection,
    window: Window,
    part: Part,
    page: KeyedPage,
    options: StreamOptions,
  ): Promise<Readable>;
  /** The newest versions of single rows in the same form, in any order; those that are gone are missing. */
  streamRows(
    selection: Selection,
    rows: ReadonlyArray<{ id: string; eventTime: string }>,
    columns: KeyedColumns,
    options: StreamOptions,
  ): Promise<Readable>;
}

/** What the implementation shares with the other queries of a source. */
interface KeyedContext {
  prepare: (selection: Selection, options: StreamOptions) => Planner;
  settingsOf: (selection: Selection, more: Settings) => Settings;
}

export function createKeyedSource({ prepare, settingsOf }: KeyedContext): KeyedSource {
  const run = (selection: Selection, { runner }: Planner, statement: Statement, options: StreamOptions) =>
    runner.stream(statement, {
      // Small blocks: memory of an ordered read grows with their size and with the number of data parts.
      settings: settingsOf(selection, { ...formatSettings('jsonl'), max_block_size: 1024 }),
      queryId: options.queryId,
      signal: options.signal,
      comment: options.comment,
      format: 'jsonl',
    });
  return {
    streamPage(selection, window, part, page, options) {
      const planner = prepare(selection, options);
      const { table, delivered } = planner;
      const conditions = allOf(
        conditionsOf(table, window, part, delivered),
        page.after === undefined ? undefined : behind(table.definition.key, page.after, part.slice.kind !== 'outside'),
      );
      return run(selection, planner, pageStatement(table, page, conditions, page.limit), options);
    },
    streamRows(selection, rows, columns, options) {
      const planner = prepare(selection, options);
      const { table } = planner;
      const conditions = allOf(ofSelection(table), withIds(table.definition, rows));
      return run(selection, planner, pageStatement(table, columns, conditions), options);
    },
  };
}

/** The columns of a page that hold a row's key. */
export type KeyColumns = Readonly<Record<`_key${number}`, string>>;

/** The key of a row of a page. */
export function rowKeyOf(row: KeyColumns, { key }: Pick<SourceDefinition, 'key'>): RowKey {
  return key.order.map((_, index) => row[`_key${index}`] ?? '');
}

/** Sorted where there is a limit. */
function pageStatement(
  table: SourceTable,
  { sessionName, textBytes, columns: names }: KeyedColumns,
  conditions: Conditions,
  limit?: number,
): Statement {
  const { definition } = table;
  const columns = names === undefined ? table.columns : table.columns.filter(({ name }) => names.includes(name));
  const cut = (sql: string) => `substring(${sql}, 1, ${textBytes})`;
  const list = columns.map(({ name, group, sql }) => `${group === 'io' ? cut(sql.json) : sql.json} AS \`${name}\``);
  const { lengths, filters, key } = definition;
  if (lengths !== undefined && columns.some(({ group }) => group === 'io')) {
    list.push(`${lengths.input} AS input_length`, `${lengths.output} AS output_length`);
  }
  list.push(`${filters.metadataValue('{session_name:String}')} AS vendor_session_id`);
  // Text, because 64-bit numbers lose their last digits in JavaScript.
  list.push(...key.order.map(({ sql, value = sql }, index) => `toString(${value}) AS _key${index}`));
  const sql = [
    `SELECT\n  ${list.join(',\n  ')}`,
    `FROM ${table.from} FINAL`,
    filterClause(conditions),
    ...(limit === undefined ? [] : [`ORDER BY ${key.order.map(({ sql }) => sql).join(', ')}`, `LIMIT ${limit}`]),
    'FORMAT JSONEachRow',
  ].join('\n');
  return { sql, params: { ...conditions.params, session_name: sessionName } };
}

/** Rows by id; their event times let the primary key find them. */
function withIds(
  { key, filters }: SourceDefinition,
  rows: ReadonlyArray<{ id: string; eventTime: string }>,
): Partial<Conditions> {
  const ids = { rest: [`${filters.columns.id} IN {ids:Array(String)}`], params: { ids: rows.map(({ id }) => id) } };
  const times = rows.map(({ eventTime }) => Date.parse(eventTime));
  if (!times.every((time) => time >= EVENT_TIME_BOUNDS.min && time < EVENT_TIME_BOUNDS.max)) return ids;
  const minutes = times.map((time) => Math.floor(time / MINUTE));
  // Where the key holds the day only, a newer version can lie anywhere in it, in whatever zone the day is one.
  const slack = key.stored.exact ? 0 : DAY / MINUTE;
  const runs = joinRuns(minutes.map((minute) => [minute - slack, minute + slack + 1]));
  return allOf(inMinutes(key, runs), ids);
}

/**
 * Rows behind one in the order of the key. The comparison of the whole key uses no index, so the first column is bounded as well.
 * @param bounded false for rows dated outside the years of the key, whose minutes wrap
 */
function behind({ order }: SortKey, after: RowKey, bounded: boolean): Partial<Conditions> {
  const params = Object.fromEntries(order.map((_, index) => [`after${index}`, after[index] ?? '']));
  const tuple = `(${order.map(({ sql, value = sql }) => value).join(', ')})`;
  const last = `(${order.map(({ type }, index) => `{after${index}:${type}}`).join(', ')})`;
  return { key: [`${tuple} > ${last}`, ...(bounded ? order.slice(0, 1).map(fromFirst) : [])], params };
}

function fromFirst({ sql, type, of = (value) => value }: OrderedColumn): string {
  return `${sql} >= ${of(`{after0:${type}}`)}`;
}
