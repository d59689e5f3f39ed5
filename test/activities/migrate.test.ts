import { type ClickHouseClient, ClickHouseError, createClient } from '@clickhouse/client';
import { afterEach, expect, test, vi } from 'vitest';
import { migrate } from '../../activities/records/migrate.ts';

const clients: ClickHouseClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

/** A client whose server answers every statement with this error. */
function refusing(code: string): ClickHouseClient {
  const client = createClient();
  clients.push(client);
  const refuse = () => Promise.reject(new ClickHouseError({ message: 'row value 4711', code, type: 'X' }));
  vi.spyOn(client, 'query').mockImplementation(refuse);
  vi.spyOn(client, 'command').mockImplementation(refuse);
  return client;
}

test('a user without rights is told the GRANT that is missing', async () => {
  const failing = migrate(refusing('497'), 'exports', 'exporter');
  await expect(failing).rejects.toThrow(/exporter.*GRANT CREATE DATABASE, CREATE TABLE.* ON exports\.\* TO exporter/);
});

test('other refusals keep their meaning and quote no values', async () => {
  await expect(migrate(refusing('516'), 'exports')).rejects.toMatchObject({ type: 'SourceDenied' });
  await expect(migrate(refusing('999'), 'exports')).rejects.toThrow(/^(?!.*4711)/);
});

test('the name of the database must be plain, because it stands in statements', async () => {
  await expect(migrate(refusing('60'), 'exports; DROP DATABASE x')).rejects.toThrow('plain');
});
