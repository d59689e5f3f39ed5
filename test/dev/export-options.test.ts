import { describe, expect, test } from 'vitest';
import { readExportOptions } from '../../dev/demo/export-options.ts';

const ERRORS = { column: 'level', type: 'stringOptions', operator: 'any of', value: ['ERROR'] };

describe('options of npm run demo:export', () => {
  test('without any: all sample events as CSV, newest first', () => {
    const { request, dataDir, rows, json, out } = readExportOptions([]);
    expect(request).toMatchObject({
      format: 'csv',
      compression: 'none',
      filters: [],
      order: { column: 'startTime', direction: 'DESC' },
    });
    expect({ dataDir, rows, json, out }).toEqual({ dataDir: '.data', rows: 20_000, json: false, out: undefined });
  });

  test('all of the request can be said', () => {
    const args = ['--format', 'jsonl', '--compression', 'gzip', '--search', 'ada', '--order', 'totalCost:asc'];
    const more = ['--columns', 'core,io', '--limit', '10', '--filter', JSON.stringify(ERRORS)];
    const { request } = readExportOptions([...args, ...more]);
    expect(request).toMatchObject({
      format: 'jsonl',
      compression: 'gzip',
      search: { query: 'ada' },
      order: { column: 'totalCost', direction: 'ASC' },
      columnGroups: ['core', 'io'],
      rowLimit: 10,
      filters: [ERRORS],
    });
  });

  test.for([
    [['--filter', 'level=ERROR'], '--filter takes JSON'],
    [['--filter', JSON.stringify({ ...ERRORS, column: 'lvl' })], 'filters.0.column'],
    [['--format', 'xlsx'], 'format'],
    [['--order', 'secret:ASC'], 'order.column'],
    [['--limit', '0'], '--limit takes a whole number'],
    [['--nope'], '--nope'],
  ] as const)('%s is refused by name', ([args, named]) => {
    expect(() => readExportOptions(args)).toThrow(named);
  });
});
