import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostileExpectations, hostileRows, insertHostileRows } from '../../dev/sample-data/hostile-rows.ts';
import { createTables, type RunCommand } from '../../dev/tables/create-tables.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let written: number;

beforeAll(async () => {
  world = await createWorld();
  const { client, database } = world.clickhouse;
  const command: RunCommand = (query) => client.command({ query });
  await createTables({ command, database });
  written = await insertHostileRows({ command, database, projectId: 'hostile' });
});
afterAll(() => world.cleanup());

async function rows<T>(query: string): Promise<T[]> {
  const result = await world.clickhouse.client.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_output_format: 'iso', output_format_json_validate_utf8: 1 },
  });
  return result.json<T>();
}

test('all hostile rows are there under their ids', async () => {
  const found = await rows<{ id: string }>('SELECT span_id AS id FROM events_full FINAL');
  expect(found.map(({ id }) => id).sort()).toEqual([...hostileExpectations().keys()].sort());
  expect(found).toHaveLength(written);
  expect(written).toBe(hostileRows.length + 1);
});

test('texts and times come back from the engine as expected', async () => {
  const found = await rows<Record<'id' | 'input' | 'output' | 'name' | 'start_time', string>>(
    `SELECT span_id AS id, input, output, name, start_time FROM events_full WHERE length(input) < 1000000`,
  );
  const expectations = hostileExpectations({ longCell: false });
  expect(found).toHaveLength(expectations.size);
  for (const row of found) {
    const expected = expectations.get(row.id) ?? {};
    const compared = Object.entries(row).filter(([column]) => column in expected);
    expect(Object.fromEntries(compared), row.id).toEqual(
      Object.fromEntries(compared.map(([column]) => [column, expected[column]])),
    );
  }
});

test('the long cell has about 10 MB', async () => {
  const [cell] = await rows<{ length: number | string }>(
    `SELECT length(input) AS length FROM events_full WHERE span_id = 'long-cell'`,
  );
  const expected = hostileExpectations().get('long-cell')?.input;
  expect(Number(cell?.length)).toBe(Buffer.byteLength(String(expected)));
  expect(Number(cell?.length)).toBeGreaterThanOrEqual(10_000_000);
});

test('bytes that are not UTF-8 are stored as they are', async () => {
  const found = await rows<{ id: string }>('SELECT span_id AS id FROM events_full WHERE NOT isValidUTF8(input)');
  expect(found).toHaveLength(hostileRows.filter(({ id }) => id.startsWith('invalid-')).length);
});

test('numbers keep all their digits', async () => {
  const found = await rows<{
    largest: string;
    cost: string;
  }>(`SELECT toString(max(arrayMax(mapValues(usage_details)))) AS largest,
      toString(max(total_cost)) AS cost FROM events_full WHERE notEmpty(usage_details) OR notEmpty(cost_details)`);
  expect(found).toEqual([{ largest: '18446744073709551615', cost: '999999.999999999999' }]);
});
