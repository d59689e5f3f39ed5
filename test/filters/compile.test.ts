import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withLongValuesInText } from '../../activities/source/long-values.ts';
import { eventsColumns } from '../../dev/tables/events-columns.ts';
import { OPERATORS } from '../../shared/filters/columns.ts';
import { compileFilters, needsFullTable, orderBy } from '../../shared/filters/compile.ts';
import { type Filter, filtersSchema } from '../../shared/filters/filter.ts';
import { filterMicros } from '../../shared/filters/instant.ts';
import { ORDER_COLUMNS } from '../../shared/filters/order.ts';
import { eventsSource } from '../../shared/sources/events.ts';
import { COLUMNS, examplesOf } from './examples.ts';

const templateOf = (filter: Filter) => compileFilters({ filters: [filter] }, eventsSource.filters).rest;
/** Every condition that there is, for the filter at place 0. */
const templates = new Set(COLUMNS.flatMap(examplesOf).flatMap(templateOf));
const SEARCHES = (['id', 'content'] as const).map((type) => ({ query: 'x', types: [type] }));

/** Filters as a client may send them, right and wrong ones. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom("' OR 1=1 --", '{f0:String}', '\\', '}', 'unhex(', '%', '2026-01-31', '', '__proto__'),
);
const maybeFilter = fc.record(
  {
    column: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...COLUMNS) }, hostile),
    type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...Object.keys(OPERATORS)) }, hostile),
    operator: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...Object.values(OPERATORS).flat()) }, hostile),
    value: fc.oneof(hostile, fc.array(hostile, { maxLength: 4 }), fc.double(), fc.boolean(), fc.jsonValue()),
    key: hostile,
  },
  { requiredKeys: ['column', 'type', 'operator'] },
);
/** Filters that are right in all but perhaps one field. */
const nearlyRight = fc
  .tuple(fc.constantFrom(...COLUMNS.flatMap(examplesOf)), fc.constantFrom('value', 'key', 'operator', 'type'), hostile)
  .map(([filter, field, text]) => {
    const value = field === 'value' && Array.isArray(filter.value) ? [text, text] : text;
    return field === 'key' && !filter.type.endsWith('Object') ? filter : { ...filter, [field]: value };
  });

describe('whatever a client sends', () => {
  test('is refused, or becomes one of a closed set of conditions, with its values as parameters only', () => {
    let compiledOnes = 0;
    const lists = fc.array(fc.oneof(nearlyRight, maybeFilter, fc.jsonValue()), { maxLength: 4 });
    fc.assert(
      fc.property(lists, (list) => {
        for (const candidates of [list, ...list.map((one) => [one])]) {
          const { data } = filtersSchema.safeParse(candidates);
          if (data === undefined || data.length === 0) continue;
          compiledOnes += 1;
          const { rest, params } = compileFilters({ filters: data }, eventsSource.filters);
          expect(rest).toHaveLength(data.length);
          for (const [index, sql] of rest.entries()) expect(templates).toContain(sql.replaceAll(`{f${index}`, '{f0'));
          const used = rest.flatMap((sql) => [...sql.matchAll(/\{(\w+):/g)].map(([, name]) => name));
          expect(Object.keys(params).sort()).toEqual([...new Set(used)].sort());
        }
      }),
      { numRuns: 2_000 },
    );
    expect(compiledOnes).toBeGreaterThan(500);
  });

  test('stays hexadecimal digits where it is too long for a URL', () => {
    const long = fc
      .array(hostile, { minLength: 60, maxLength: 200 })
      .map((parts) => parts.join("'").padEnd(4_000, 'x'));
    fc.assert(
      fc.property(long, (text) => {
        const sql = 'SELECT {a:String}, {b:Array(String)}, {c:String}, {d:Float64}';
        const moved = withLongValuesInText({ sql, params: { a: text, b: [text, ''], c: 'short', d: 1 } });
        const digits = Buffer.from(text).toString('hex');
        expect(moved).toEqual({
          sql: `SELECT unhex('${digits}'), arrayMap(hex -> unhex(hex), ['${digits}','']), {c:String}, {d:Float64}`,
          params: { c: 'short', d: 1 },
        });
      }),
    );
  });
});

test('short values stay parameters', () => {
  const statement = { sql: 'SELECT {a:String}, {b:Array(String)}', params: { a: "'", b: ['x'] } };
  expect(withLongValuesInText(statement)).toEqual(statement);
});

test('conditions and orders name columns of the table only, and each with its table', () => {
  const names = [...eventsColumns.matchAll(/^\s+(\w+) [A-Z]/gm)].map(([, name]) => name);
  const searches = SEARCHES.flatMap((search) => compileFilters({ filters: [], search }, eventsSource.filters).rest);
  const orders = ORDER_COLUMNS.filter((column) => COLUMNS.includes(column)).map((column) =>
    orderBy({ column, direction: 'ASC' }, eventsSource.filters),
  );
  const bare = new RegExp(`(?<![.\\w{'])(${names.join('|')})\\b`);
  for (const sql of [...templates, ...searches, ...orders]) {
    expect(sql.replaceAll(/'[^']*'/g, '')).not.toMatch(bare);
    const columns = [...sql.matchAll(/\be\.(\w+)/g)].map(([, name]) => name);
    expect(columns.length).toBeGreaterThan(0);
    for (const column of columns) expect(names).toContain(column);
  }
});

test('the start time is never compared as itself: the primary key wraps outside 1970 to 2106', () => {
  const started = [...templates].filter((sql) => sql.includes('e.start_time'));
  expect(started.length).toBeGreaterThan(10);
  for (const sql of started)
    expect(sql).toMatch(
      /^toUnixTimestamp64Micro\(e\.start_time\)|dateDiff\('microsecond', e\.start_time|isN\w+\(toUnix/,
    );
});

test('no condition has a wildcard', () => {
  for (const sql of templates) expect(sql).not.toMatch(/LIKE|match\(/i);
});

test('only input, output and metadata need the full table', () => {
  const needing = COLUMNS.filter((column) =>
    examplesOf(column).some((filter) => needsFullTable({ filters: [filter] })),
  );
  expect(needing).toEqual(['input', 'output', 'metadata']);
  expect(SEARCHES.map((search) => needsFullTable({ filters: [], search }))).toEqual([false, true]);
});

test.each([
  ['1970-01-01', '0'],
  ['1970-01-01T00:00:00.000001Z', '1'],
  ['1969-12-31T23:59:59.999999Z', '-1'],
  ['2026-01-31T08:00:00.5+05:30', '1769826600500000'],
  ['9999-12-31T23:59:59.999999Z', '253402300799999999'],
])('%s is %s microseconds since 1970', (instant, micros) => expect(filterMicros(instant)).toBe(micros));
