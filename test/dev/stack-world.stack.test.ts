import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let other: World;

beforeAll(async () => {
  [world, other] = await Promise.all([createWorld(), createWorld()]);
});
afterAll(() => Promise.all([world.cleanup(), other.cleanup()]));

test('a world has an empty ClickHouse database of its own', async () => {
  const { client } = world.clickhouse;
  await client.command({ query: 'CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n' });
  await client.insert({ table: 't', values: [{ n: 7 }], format: 'JSONEachRow' });
  const rows = await client.query({ query: 'SELECT n FROM t', format: 'JSONEachRow' });
  expect(await rows.json()).toEqual([{ n: 7 }]);
  const tables = await other.clickhouse.client.query({ query: 'SHOW TABLES', format: 'JSONEachRow' });
  expect(await tables.json()).toEqual([]);
});

test('a world knows how workers connect', async () => {
  const connection = await world.temporal.nativeConnection();
  expect(connection).toBe(await world.temporal.nativeConnection());
});
