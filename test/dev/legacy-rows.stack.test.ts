import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTables } from '../../dev/tables/create-tables.ts';
import { insertLegacyRows } from '../support/legacy-rows.ts';
import { createWorld, type World } from '../support/world.ts';

const START = Date.UTC(2026, 2, 1, 10);

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const { client, database } = world.clickhouse;
  await createTables({ command: (query) => client.command({ query }), database });
});
afterAll(() => world.cleanup());

async function rowsOf(table: string, id: string): Promise<Array<Record<string, unknown>>> {
  const query = `SELECT * FROM ${table} FINAL WHERE id = {id:String}`;
  const result = await world.clickhouse.client.query({ query, query_params: { id }, format: 'JSONEachRow' });
  return result.json();
}

test('a row of each table needs its id and time only', async () => {
  const { client } = world.clickhouse;
  const row = { id: 'plain', timestamp: START };
  await insertLegacyRows(client, 'p', {
    traces: [row],
    observations: [{ id: 'plain', start_time: START }],
    scores: [row],
  });
  const times = Object.fromEntries(
    ['created_at', 'updated_at', 'event_ts'].map((name) => [name, '2026-03-01 10:00:00.000']),
  );
  const common = {
    id: 'plain',
    project_id: 'p',
    environment: 'default',
    name: 'name of plain',
    metadata: {},
    ...times,
  };
  const at = '2026-03-01 10:00:00.000';
  expect(await rowsOf('traces', 'plain')).toMatchObject([
    { ...common, timestamp: at, user_id: null, input: null, tags: [] },
  ]);
  const span = { type: 'SPAN', trace_id: 'trace of plain', end_time: null, total_cost: null, usage_details: {} };
  expect(await rowsOf('observations', 'plain')).toMatchObject([{ ...common, start_time: at, ...span }]);
  const half = { value: 0.5, data_type: 'NUMERIC', source: 'API', trace_id: 'trace of plain', comment: null };
  expect(await rowsOf('scores', 'plain')).toMatchObject([{ ...common, timestamp: at, ...half }]);
});

test('what is given is written, and later versions replace or delete the row', async () => {
  const { client } = world.clickhouse;
  const observation = { id: 'changed', start_time: '2026-03-01T10:00:00.123Z', end_time: START + 1500 };
  await insertLegacyRows(client, 'p', { observations: [observation], scores: [{ id: 'changed', timestamp: START }] });
  await insertLegacyRows(client, 'p', {
    observations: [
      {
        ...observation,
        created_at: START,
        at: START + 9000,
        cost_details: { total: '0.000000000001' },
        total_cost: '0.000000000001',
      },
    ],
    scores: [{ id: 'changed', timestamp: START, event_ts: START + 1, deleted: true }],
  });
  const [stored, ...others] = await rowsOf('observations', 'changed');
  expect(others).toEqual([]);
  expect(stored).toMatchObject({
    start_time: '2026-03-01 10:00:00.123',
    end_time: '2026-03-01 10:00:01.500',
    created_at: '2026-03-01 10:00:00.000',
    updated_at: '2026-03-01 10:00:09.000',
    event_ts: '2026-03-01 10:00:09.000',
    cost_details: { total: 1e-12 },
    total_cost: 1e-12,
  });
  expect(await rowsOf('scores', 'changed')).toEqual([]);
});
