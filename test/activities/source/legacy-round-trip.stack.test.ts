import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExpectedValue } from '../../../dev/sample-data/hostile-row.ts';
import { hostileExpectations, insertHostileRows } from '../../../dev/sample-data/hostile-rows.ts';
import { FORMATS } from '../../../shared/config/integration.ts';
import { expectHostileRows } from '../../support/hostile-values.ts';
import { exportedAs, type LegacyTable, readAll, TABLES } from './legacy-tables.ts';
import { openSourceWorld, type SourceWorld } from './source-world.ts';

let own: SourceWorld;

beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  await insertHostileRows({ command: own.command, database, projectId });
  for (const { source, time, texts, others } of TABLES) {
    const columns = { ...Object.fromEntries(texts.map((column) => [column, 'e.name'])), ...others };
    await own.command(`INSERT INTO ${database}.${source}
      (project_id, id, ${time}, created_at, updated_at, event_ts, is_deleted, ${Object.keys(columns).join(', ')})
      SELECT e.project_id, e.span_id, e.start_time, e.created_at, e.updated_at, e.event_ts, 0, ${Object.values(columns).join(', ')}
      FROM ${database}.events_full AS e FINAL WHERE e.project_id = '${projectId}'`);
  }
});
afterAll(() => own.close());

type Expected = Record<string, ExpectedValue>;

/**
 * What a file of the table must hold for each hostile row, in the columns that are worth comparing.
 * @param textOf what the format makes of a text
 */
function expectations(
  { texts, others, neverNull }: LegacyTable,
  textOf = (text: string) => text,
): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const [id, stored] of hostileExpectations()) {
    const row: Expected = { id: textOf(id) };
    const { name } = stored;
    for (const column of texts) {
      if (typeof name !== 'string') continue;
      row[exportedAs(column)] = name === '' && !neverNull.includes(column) ? null : textOf(name);
    }
    for (const column of Object.keys(others)) {
      const value = stored[column];
      if (value === undefined) continue;
      row[column] = typeof value === 'string' && column !== 'total_cost' ? textOf(value) : value;
    }
    expected.set(id, row);
  }
  return expected;
}

describe.each(TABLES)('hostile rows of $source', (table) => {
  test.each(FORMATS)('as %s: an independent reader gets every value', async (format) => {
    expectHostileRows(format, await readAll(own, { source: table.source, format }), expectations(table));
  });

  test('the formula guard of CSV marks cells that a spreadsheet would run, and no others', async () => {
    const guarded = { format: 'csv', csv: { bom: false, formulaGuard: true } } as const;
    const mark = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
    const rows = await readAll(own, { source: table.source, ...guarded });
    expectHostileRows('csv', rows, expectations(table, mark));
    expect(rows.find(({ id }) => id === 'formula')).toMatchObject({ name: "'=1+1", metadata: { '=1+1': '=1+1' } });
  });

  test('the columns are the same, in the same order, in every format, and every text column of the table is among them', async () => {
    const { source, texts, others } = table;
    const names = (await own.source.columns({ ...own.selection, source })).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...texts.map(exportedAs), ...Object.keys(others)]));
    for (const format of FORMATS) {
      const [row] = await readAll(own, { source, format });
      expect(Object.keys(row ?? {})).toEqual(names);
    }
  });
});
