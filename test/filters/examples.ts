/** Filters of every column, type and operator, with values that some rows have, and some that none has. */
import { type FilterColumn, filterColumnsOf, filterTypesOf, OPERATORS } from '../../shared/filters/columns.ts';
import { type Filter, filtersSchema } from '../../shared/filters/filter.ts';
import { TEXTS } from './rows.ts';

/** Those of the events table. */
export const COLUMNS = filterColumnsOf('events');

const NUMBERS = [0, 0.1, 0.3, 0.30000000000000004, 1, 2, 3.5, 5, 15, 17, 99, -0.000003, 12345.678, 2 ** 54, -1, 1e300];
const LISTS = [['plain'], [''], ["O'Brien", '100%', 'no such'], ['plain', 'search'], [...TEXTS]];
const TIMES = [
  '2026-03-01T10:00:00.000001Z',
  '2026-03-01',
  '1969-12-31T23:59:59.999999Z',
  '1900-01-02T03:04:05.000006Z',
  '2106-02-07T06:28:16Z',
  '2250-01-01T00:00:00.123456Z',
  '9999-12-31T23:59:59Z',
  '0001-01-01',
];

const VALUES = {
  datetime: TIMES,
  string: [...TEXTS, 'plain#1', 'a', "'"],
  stringOptions: LISTS,
  arrayOptions: LISTS,
  number: NUMBERS,
  stringObject: [...TEXTS, 'a'],
  numberObject: [42, -1500, 0, 41.5],
  boolean: [true, false],
  null: [undefined, null, ''],
};

/** All examples of a column, as a client may send them. */
export function examplesOf(column: FilterColumn): Filter[] {
  const examples = filterTypesOf(column).flatMap((type) =>
    OPERATORS[type].flatMap((operator) =>
      VALUES[type].flatMap((value) =>
        (type.endsWith('Object') ? ['a', "k'%", 'no such'] : [undefined]).map((key) => ({
          column,
          type,
          operator,
          ...(value !== undefined && { value }),
          ...(key !== undefined && { key }),
        })),
      ),
    ),
  );
  return examples.flatMap((example) => filtersSchema.parse([example]));
}
