/** The queries behind {@link OrderedSource}. */

import { orderBy } from '../../shared/filters/compile.ts';
import type { Filter } from '../../shared/filters/filter.ts';
import type { CountedMinute } from '../../shared/parts.ts';
import { EVENT_TIME_BOUNDS, type SortKey } from '../../shared/sources/definition.ts';
import { inMinutes, inRange, isOutside, ofSelection } from './conditions.ts';
import { countMinutes, countRows } from './minute-counts.ts';
import {
  arrangeCounts,
  EXTERNAL_SORT,
  inInstants,
  isUntil,
  type OrderedOptions,
  type OrderedSlice,
  type OrderedSource,
  WHOLE_SORT_BYTES,
} from './ordered-rows.ts';
import type { Planner } from './plan-parts.ts';
import { CLICKHOUSE_FORMATS, formatSettings, type Settings } from './settings.ts';
import type { Selection } from './source.ts';
import { selectList } from './source-table.ts';
import { allOf, type Conditions, filterClause } from './statement.ts';

/** What the implementation shares with the other queries of a source. */
export interface OrderedContext {
  prepare: (selection: Selection, options: OrderedOptions) => Planner;
  settingsOf: (selection: Selection, more: Settings) => Settings;
  /** Memory that one query may use. */
  maxMemoryBytes: number;
  byteOrderMark: Buffer;
}

export function createOrderedSource({
  prepare,
  settingsOf,
  maxMemoryBytes,
  byteOrderMark,
}: OrderedContext): OrderedSource {
  return {
    async countOrdered(selection, until, options) {
      const { runner, table, query } = prepare(selection, options);
      const conditions = allOf(ofSelection(table), rowsUntil(table.definition.key, selection, until));
      const minutes: CountedMinute[] = await countMinutes(runner, table, conditions, query('minutes'));
      return arrangeCounts(minutes);
    },

    async countUntil(selection, until, options) {
      const { runner, table, query } = prepare(selection, options);
      const conditions = allOf(ofSelection(table), rowsUntil(table.definition.key, selection, until));
      return countRows(runner, table, conditions, query('count'));
    },

    streamOrdered(selection, { until, slice, order, limit, first, sortsAll }, options) {
      const { runner, table } = prepare(selection, options);
      const { key } = table.definition;
      const conditions = allOf(ofSelection(table), inSlice(key, slice), isUntil(key, until));
      const sql = [
        `SELECT\n  ${selectList(table, selection)}`,
        `FROM ${table.from} FINAL`,
        filterClause(conditions),
        `ORDER BY ${orderBy(order, table.definition.filters)}`,
        ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
        `FORMAT ${CLICKHOUSE_FORMATS[selection.format]}`,
      ].join('\n');
      const memory = { max_memory_usage: sortsAll ? Math.max(maxMemoryBytes, WHOLE_SORT_BYTES) : maxMemoryBytes };
      return runner.stream(
        { sql, params: conditions.params },
        {
          settings: settingsOf(selection, { ...formatSettings(selection.format), ...EXTERNAL_SORT, ...memory }),
          queryId: options.queryId,
          signal: options.signal,
          comment: options.comment,
          format: selection.format,
          ...(first && selection.format === 'csv' && selection.csv.bom && { head: byteOrderMark }),
        },
      );
    },
  };
}

function inSlice(key: SortKey, slice: OrderedSlice): Partial<Conditions> {
  switch (slice.kind) {
    case 'minutes':
      return inMinutes(key, slice.runs);
    case 'instants':
      return inInstants(key, slice.from, slice.to);
    case 'before':
      return { rest: [isOutside(key, { before: true, after: false })] };
    case 'whole':
      return {};
  }
}

/** With the earliest start time that the filters allow as a bound on the primary key: they themselves speak a form that it does not know. */
function rowsUntil(key: SortKey, { filters = [] }: Selection, until: string): Partial<Conditions> {
  const from = Math.max(...filters.map(earliestOf));
  if (from < EVENT_TIME_BOUNDS.min) return isUntil(key, until);
  return allOf(inRange(key, from, Math.max(Date.parse(until) + 1, from)), isUntil(key, until));
}

/** Epoch ms, never later than the earliest row that the filter lets pass. */
function earliestOf(filter: Filter): number {
  if (filter.type !== 'datetime' || filter.column !== 'startTime') return Number.NEGATIVE_INFINITY;
  const { operator, value } = filter;
  return operator === '>' || operator === '>=' ? Date.parse(value) : Number.NEGATIVE_INFINITY;
}
