import { describe, expect, test } from 'vitest';
import { describeIssues } from '../../shared/config/integration.ts';
import { FILTER_COLUMNS, filterColumnsOf, filterTypesOf, OPERATORS } from '../../shared/filters/columns.ts';
import { filtersSchema } from '../../shared/filters/filter.ts';
import { DEFAULT_ORDER, orderSchema } from '../../shared/filters/order.ts';
import { searchSchema } from '../../shared/filters/search.ts';
import { SOURCES } from '../../shared/sources/catalog.ts';
import { COLUMNS, examplesOf } from './examples.ts';

const level = { column: 'level', type: 'stringOptions', operator: 'any of', value: ['ERROR'] };
const time = { column: 'startTime', type: 'datetime', operator: '>', value: '2026-01-31T08:00:00Z' };
const cost = { column: 'totalCost', type: 'number', operator: '>', value: 0.5 };
const tags = { column: 'traceTags', type: 'arrayOptions', operator: 'all of', value: ['a'] };
const meta = { column: 'metadata', type: 'stringObject', operator: '=', key: 'a', value: 'b' };
const none = { column: 'userId', type: 'null', operator: 'is null' };

function problem(...filters: unknown[]): string | undefined {
  const { error } = filtersSchema.safeParse(filters);
  return error && describeIssues(error);
}

describe('a filter is accepted', () => {
  test('in the shape of Langfuse clients, and unchanged', () => {
    const filters = [level, time, cost, tags, meta, none, { ...none, value: '' }, { ...none, value: null }];
    expect(filtersSchema.parse(filters)).toEqual(filters);
  });

  test('for every column, with every operator of its types', () => {
    for (const column of COLUMNS)
      for (const type of filterTypesOf(column))
        for (const operator of OPERATORS[type])
          expect(examplesOf(column)).toContainEqual(expect.objectContaining({ column, type, operator }));
  });

  test.each(['2026-01-31', '2026-01-31T08:00:00Z', '2026-01-31T08:00:00.123456+05:30', '0001-01-01T00:00:00Z'])(
    'with the instant %s',
    (value) => expect(problem({ ...time, value })).toBeUndefined(),
  );

  test('with a text of 10,000 characters, and with 1,000 options', () => {
    expect(problem({ ...meta, value: 'x'.repeat(10_000) })).toBeUndefined();
    expect(problem({ ...level, value: Array.from({ length: 1_000 }, String) })).toBeUndefined();
    expect(problem(...Array.from({ length: 100 }, () => level))).toBeUndefined();
  });
});

describe('a filter is refused, with the path of the field and what is allowed', () => {
  test.each<[string, unknown, RegExp]>([
    ['an unknown column', { ...level, column: 'secret' }, /^0\.column: one of id, traceId, startTime,.* datasetRunId$/],
    ['a name of every object', { ...level, column: 'constructor' }, /^0\.column: one of id/],
    ['a column that is no text', { ...level, column: ['level'] }, /^0\.column: one of id/],
    ['no column', { ...level, column: undefined }, /^0\.column: one of id/],
    ['an unknown type', { ...level, type: 'regex' }, /^0\.type: type is one of datetime, string, .* null$/],
    ['no type', { ...level, type: undefined }, /^0\.type: type is one of datetime/],
    [
      'a type that the column does not take',
      { ...cost, column: 'level' },
      /^0\.type: level is filtered by type string or stringOptions or null, not number$/,
    ],
    [
      'null of a column that has none',
      { ...none, column: 'bookmarked' },
      /^0\.type: bookmarked is filtered by type boolean, not null$/,
    ],
    ['a list of input texts', { ...level, column: 'input' }, /^0\.type: input is filtered by type string or null/],
    ['an operator of another type', { ...level, operator: 'all of' }, /^0\.operator: .*"any of"\|"none of"/],
    ['an operator of SQL', { ...cost, operator: 'OR 1=1 --' }, /^0\.operator: .*"="\|">"\|"<"\|">="\|"<="/],
    ['one option instead of a list', { ...level, value: 'ERROR' }, /^0\.value: .*expected array/],
    ['a number among the options', { ...level, value: ['a', 1] }, /^0\.value\.1: .*expected string/],
    ['no option', { ...level, value: [] }, /^0\.value: at least one option$/],
    ['1,001 options', { ...level, value: Array.from({ length: 1_001 }, String) }, /^0\.value: .*1000/],
    ['a text of 10,001 characters', { ...meta, value: 'x'.repeat(10_001) }, /^0\.value: .*10000/],
    ['half an emoji', { ...meta, value: '\ud83d' }, /^0\.value: valid Unicode text$/],
    ['a number as text', { ...cost, value: '1' }, /^0\.value: .*expected number/],
    ['not a number', { ...cost, value: Number.NaN }, /^0\.value: .*expected number/],
    ['an infinite number', { ...cost, value: Number.POSITIVE_INFINITY }, /^0\.value: .*expected number/],
    ['no value', { ...cost, value: undefined }, /^0\.value: .*expected number/],
    ['a value of null', { ...none, value: 'x' }, /^0\.value: no value, or an empty one$/],
    ['a date that does not exist', { ...time, value: '2026-02-30' }, /^0\.value: a date or an instant/],
    ['a time without a zone', { ...time, value: '2026-01-31T08:00:00' }, /^0\.value: a date or an instant/],
    ['more digits than the table has', { ...time, value: '2026-01-31T08:00:00.1234567Z' }, /^0\.value: at most six/],
    ['epoch milliseconds', { ...time, value: 1_769_846_400_000 }, /^0\.value: a date or an instant/],
    [
      'true as text',
      { column: 'public', type: 'boolean', operator: '=', value: 'true' },
      /^0\.value: .*expected boolean/,
    ],
    ['metadata without a key', { ...meta, key: undefined }, /^0\.key: .*expected string/],
    ['metadata with an empty key', { ...meta, key: '' }, /^0\.key: the name of the metadata entry$/],
    ['a key where none belongs', { ...level, key: 'a' }, /^0\.key: only stringObject and numberObject/],
    ['an unknown field', { ...level, sql: '1' }, /^0: Unrecognized key: "sql"$/],
    ['a text instead of a filter', 'level = 1', /^0: /],
  ])('%s', (_, filter, message) => expect(problem(filter)).toMatch(message));

  test('the 101st, and more text than a workflow should carry', () => {
    expect(problem(...Array.from({ length: 101 }, () => none))).toMatch(/100/);
    expect(problem(...Array.from({ length: 6 }, () => ({ ...meta, value: 'x'.repeat(10_000) })))).toMatch(
      /all filters together: at most 50000 characters/,
    );
    expect(problem(none, { ...level, operator: '=' })).toMatch(/^1\.operator/);
  });
});

test('every column is one that is documented', () => {
  expect(COLUMNS).toHaveLength(48);
  const ofSources = new Set(SOURCES.flatMap(filterColumnsOf));
  expect([...ofSources].sort()).toEqual(Object.keys(FILTER_COLUMNS).sort());
  expect(ofSources.size).toBe(58);
});

test('a search has a text, and places to look at, each once', () => {
  expect(searchSchema.parse({ query: 'x' })).toEqual({ query: 'x', types: ['id'] });
  for (const search of [
    { query: '' },
    { query: 'x'.repeat(1_001) },
    { query: 'x', types: [] },
    { query: 'x', types: ['id', 'id'] },
  ])
    expect(searchSchema.safeParse(search).success).toBe(false);
});

test('an order is by a known column, in one of two directions', () => {
  expect(orderSchema.parse(DEFAULT_ORDER)).toEqual(DEFAULT_ORDER);
  for (const order of [
    { column: 'metadata', direction: 'ASC' },
    { column: 'name', direction: 'asc' },
    { column: 'name' },
  ])
    expect(orderSchema.safeParse(order).success).toBe(false);
});
