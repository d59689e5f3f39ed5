import { expect } from 'vitest';
import type { ExpectedValue } from '../../dev/sample-data/hostile-row.ts';
import type { Format } from '../../shared/config/integration.ts';

/** Checks that the rows of a file hold every hostile value that is expected of their ids, as far as the format can tell. */
export function expectHostileRows(
  format: Format,
  rows: ReadonlyArray<Record<string, unknown>>,
  expectations: ReadonlyMap<string, Record<string, ExpectedValue>>,
): void {
  expect(rows.map(({ id }) => id).sort()).toEqual([...expectations.keys()].sort());
  for (const row of rows) {
    const expected = expectations.get(String(row.id)) ?? {};
    const compared = Object.keys(expected);
    expect(Object.fromEntries(compared.map((name) => [name, row[name]])), String(row.id)).toEqual(
      Object.fromEntries(compared.map((name) => [name, inFormat(format, name, expected[name] ?? null)])),
    );
  }
}

/** What the format cannot tell apart: CSV knows no null, the reader of Parquet gives decimals as floats. */
function inFormat(format: Format, name: string, value: ExpectedValue): unknown {
  if (format === 'csv' && value === null) return /_ms$|^prompt_version$/.test(name) ? null : '';
  if (format === 'parquet' && name === 'total_cost') return expect.closeTo(Number(value), 6);
  if (format === 'parquet' && name === 'cost_details' && value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expect.closeTo(Number(one), 6)]));
  return value;
}
