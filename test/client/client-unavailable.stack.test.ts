import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createExportsClient, type ExportsClient, Unavailable } from '../../client/index.ts';
import {
  actor,
  type ClientWorld,
  createClientWorld,
  encryptionKey,
  eventually,
  exampleInput,
  plainSecret,
  rejection,
} from './client-world.ts';

let it: ClientWorld;

beforeAll(async () => {
  it = await createClientWorld();
});
afterAll(() => it?.world.cleanup());

const id = { projectId: 'p', integrationId: 'i' };
const callsOf = ({ integrations }: ExportsClient) => [
  integrations.create({ ...id, actor, config: exampleInput() }),
  integrations.update({ ...id, actor, config: exampleInput() }),
  integrations.get(id),
  integrations.list(id),
  integrations.pause({ ...id, actor, reason: 'test' }),
  integrations.delete({ ...id, actor }),
  integrations.testDestination({ projectId: 'p', config: exampleInput() }),
];

async function expectUnavailable(client: ExportsClient, message: RegExp): Promise<void> {
  for (const error of await Promise.all(callsOf(client).map(rejection))) {
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ name: 'Unavailable', message: expect.stringMatching(message) });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain(plainSecret);
  }
}

test('a server that cannot be reached is told, with what to do', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1', connectTimeout: '300ms' });
  try {
    const client = createExportsClient({ connection, encryptionKey, timeouts: { answer: 1_000, query: 1_000 } });
    await expectUnavailable(client, /address of the connection|connection is open/);
  } finally {
    await connection.close();
  }
});

test('a namespace that does not exist is told by its name', async () => {
  const { connection, taskQueue } = it.world.temporal;
  const client = createExportsClient({ connection, taskQueue, namespace: 'nowhere', encryptionKey });
  await expectUnavailable(client, /no namespace "nowhere"/);
});

test('missing search attributes are told with the command that registers them', async () => {
  const { connection, taskQueue } = it.world.temporal;
  const namespace = `bare-${it.world.id}`;
  const { namespaces } = await connection.workflowService.listNamespaces({});
  const workflowExecutionRetentionPeriod = namespaces[0]?.config?.workflowExecutionRetentionTtl ?? null;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  const client = createExportsClient({ connection, taskQueue, namespace, encryptionKey });
  const create = () => rejection(client.integrations.create({ ...id, actor, config: exampleInput() }));
  // The server learns of namespaces a little later.
  const error = await eventually(create, (failure) => !String(failure).includes('no namespace'), 20_000);
  const message = expect.stringMatching(/search attributes.*temporal operator search-attribute create .*ExportProject/);
  expect(error).toMatchObject({ code: 'unavailable', message });
});
