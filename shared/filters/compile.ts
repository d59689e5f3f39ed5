/** Filters, search and order as SQL over a table as `e`. Values are parameters only, so no text of a user is ever part of a statement. */
import type { FilterSql } from '../sources/definition.ts';
import { FILTER_COLUMNS, type FilterColumn, FULL_TABLE_COLUMNS, type OperatorOf } from './columns.ts';
import type { Filter } from './filter.ts';
import { filterMicros } from './instant.ts';
import type { Order } from './order.ts';
import type { Search } from './search.ts';

/** Which rows are meant: those that all filters and the search match. */
export interface FilterSet {
  filters: readonly Filter[];
  search?: Search | undefined;
}

/** Conditions for WHERE, behind FINAL: any version of a row may match, only the newest one counts. */
export interface CompiledFilters {
  rest: string[];
  params: Record<string, string | number | string[]>;
}

/**
 * Matching is literal and case-sensitive; wildcards have no meaning. '' stands for null in texts, so negative operators keep rows
 * without a value, and a comparison with a number or time that is null never holds.
 */
export function compileFilters({ filters, search }: FilterSet, table: FilterSql): CompiledFilters {
  const compiled = filters.map((filter, index) => compileFilter(filter, `f${index}`, table));
  if (search !== undefined) compiled.push(compileSearch(search, table));
  return {
    rest: compiled.flatMap(({ rest }) => rest),
    params: Object.assign({}, ...compiled.map(({ params }) => params)),
  };
}

/** Whether the rows can be told apart only where texts and metadata are in full length. */
export function needsFullTable({ filters, search }: FilterSet): boolean {
  return filters.some(({ column }) => FULL_TABLE_COLUMNS.has(column)) || search?.types.includes('content') === true;
}

/** What stands behind ORDER BY: a total order, nulls last. */
export function orderBy({ column, direction }: Order, table: FilterSql): string {
  const ties = table.ties.map((sql) => `${sql} ${direction}`);
  return column === 'startTime'
    ? ties.join(', ')
    : [`${sqlOf(column, table)} ${direction} NULLS LAST`, ...ties].join(', ');
}

const TEXT: Record<OperatorOf<'string'>, (sql: string, value: string) => string> = {
  '=': (sql, value) => `${sql} = ${value}`,
  contains: (sql, value) => `position(${sql}, ${value}) > 0`,
  'does not contain': (sql, value) => `position(${sql}, ${value}) = 0`,
  'starts with': (sql, value) => `startsWith(${sql}, ${value})`,
  'ends with': (sql, value) => `endsWith(${sql}, ${value})`,
};

const OPTIONS: Record<OperatorOf<'stringOptions'>, (sql: string, values: string) => string> = {
  'any of': (sql, values) => `${sql} IN ${values}`,
  'none of': (sql, values) => `${sql} NOT IN ${values}`,
};

const LISTS: Record<OperatorOf<'arrayOptions'>, (sql: string, values: string) => string> = {
  'any of': (sql, values) => `hasAny(${sql}, ${values})`,
  'none of': (sql, values) => `NOT hasAny(${sql}, ${values})`,
  'all of': (sql, values) => `hasAll(${sql}, ${values})`,
};

const COMPARISONS = { '=': '=', '>': '>', '<': '<', '>=': '>=', '<=': '<=' } as const;

function compileFilter(filter: Filter, name: string, table: FilterSql): CompiledFilters {
  const one = (rest: string, value?: string | number | string[]): CompiledFilters => ({
    rest: [rest],
    params: value === undefined ? {} : { [name]: value },
  });
  if (filter.type === 'stringObject' || filter.type === 'numberObject') {
    const sql = table.metadataValue(`{${name}_key:String}`);
    const condition =
      filter.type === 'stringObject'
        ? TEXT[filter.operator](sql, `{${name}:String}`)
        : `toFloat64OrNull(${sql}) ${COMPARISONS[filter.operator]} {${name}:Float64}`;
    return { rest: [condition], params: { [name]: filter.value, [`${name}_key`]: filter.key } };
  }
  const sql = sqlOf(filter.column, table);
  switch (filter.type) {
    case 'datetime':
      // A comparison of the column itself would become a bound on minutes, which wrap outside 1970 to 2106.
      return one(`${sql} ${COMPARISONS[filter.operator]} {${name}:Int64}`, filterMicros(filter.value));
    case 'string':
      return one(TEXT[filter.operator](sql, `{${name}:String}`), filter.value);
    case 'stringOptions':
      return one(OPTIONS[filter.operator](sql, `{${name}:Array(String)}`), filter.value);
    case 'arrayOptions':
      return one(LISTS[filter.operator](sql, `{${name}:Array(String)}`), filter.value);
    case 'number':
      return one(`${sql} ${COMPARISONS[filter.operator]} {${name}:Float64}`, filter.value);
    case 'boolean':
      return one((filter.operator === '=') === filter.value ? `(${sql})` : `NOT (${sql})`);
    case 'null':
      return one(isNull(filter, sql, filter.operator === 'is null'));
  }
}

/** Throws for a column that the table lacks, or that only a newer version of the code knows: its rows cannot be told. */
function sqlOf(column: FilterColumn, { columns }: FilterSql): string {
  const sql = column === 'metadata' ? undefined : columns[column];
  if (sql === undefined) throw new TypeError('a filter of no known column');
  return sql;
}

function isNull({ column }: Filter, sql: string, wanted: boolean): string {
  switch (FILTER_COLUMNS[column]) {
    case 'text':
    case 'longText':
      return `${sql} ${wanted ? '=' : '!='} ''`;
    case 'texts':
      return `${wanted ? 'empty' : 'notEmpty'}(${sql})`;
    default:
      return `${wanted ? 'isNull' : 'isNotNull'}(${sql})`;
  }
}

/** In any of the places, whatever the case of letters. */
function compileSearch({ query, types }: Search, { searched }: FilterSql): CompiledFilters {
  const places = types.flatMap((type) => searched[type]);
  const found = places.map((sql) => `positionCaseInsensitiveUTF8(${sql}, {search:String}) > 0`);
  return { rest: [`(${found.join(' OR ')})`], params: { search: query } };
}
