import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../shared/search-attributes.ts';
import { registerSearchAttributes } from '../../workers/register-search-attributes.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const { INDEXED_VALUE_TYPE_KEYWORD: KEYWORD, INDEXED_VALUE_TYPE_DATETIME: DATETIME } = IndexedValueType;
const all = { ExportStatus: KEYWORD, ExportDestination: KEYWORD, ExportProject: KEYWORD, ExportCursor: DATETIME };

interface Server {
  present: Record<string, number>;
  added: Array<Record<string, unknown>>;
  /** How many times the list still shows the old state after an addition. */
  lag?: number;
  refuse?: { code: number };
}

function connectionTo(server: Server): Pick<NativeConnection, 'operatorService'> {
  let pending: Record<string, number> = {};
  const operatorService = {
    async listSearchAttributes() {
      if (Object.keys(pending).length > 0 && (server.lag ?? 0) > 0) server.lag = (server.lag ?? 0) - 1;
      else server.present = { ...server.present, ...pending };
      return { customAttributes: server.present };
    },
    async addSearchAttributes({ searchAttributes }: { searchAttributes: Record<string, number> }) {
      server.added.push(searchAttributes);
      pending = searchAttributes;
      if (server.refuse) throw Object.assign(new Error('refused'), server.refuse);
      return {};
    },
  };
  const connection: Partial<NativeConnection> = {};
  Object.assign(connection, { operatorService });
  if (connection.operatorService === undefined) throw new Error('unreachable');
  return { operatorService: connection.operatorService };
}

test('the missing ones are registered, and it waits until the server lists them', async () => {
  const server: Server = { present: { ExportStatus: KEYWORD }, added: [], lag: 2 };
  await registerSearchAttributes(connectionTo(server), 'default');
  const { ExportStatus: _, ...missing } = all;
  expect(server.added).toEqual([missing]);
  expect(server.present).toEqual(all);
});

test('nothing is asked for when all are there, so that no rights are needed', async () => {
  const server: Server = { present: all, added: [] };
  await registerSearchAttributes(connectionTo(server), 'default');
  expect(server.added).toEqual([]);
  expect(SEARCH_ATTRIBUTES.map(({ name }) => name).sort()).toEqual(Object.keys(all).sort());
});

test('another worker that was faster is no failure', async () => {
  const server: Server = { present: {}, added: [], refuse: { code: 6 } };
  await registerSearchAttributes(connectionTo(server), 'default');
});

test('a refusal names the commands for an operator', async () => {
  const server: Server = { present: {}, added: [], refuse: { code: 7 } };
  const failing = registerSearchAttributes(connectionTo(server), 'prod');
  await expect(failing).rejects.toThrow(
    'temporal operator search-attribute create --namespace prod --name ExportCursor --type Datetime',
  );
});

test('one of another type is a clear fault', async () => {
  const server: Server = { present: { ...all, ExportCursor: KEYWORD }, added: [] };
  await expect(registerSearchAttributes(connectionTo(server), 'default')).rejects.toThrow(
    'ExportCursor exists in the namespace "default" with another type than Datetime',
  );
});
