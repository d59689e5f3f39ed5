import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { Client, Connection } from '@temporalio/client';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { freePort } from '../../dev/stack/ports.ts';
import { type Stack, startStack } from '../../dev/stack/stack.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function start(dataDir: string): Promise<Stack> {
  const { port } = await freePort(17_000 + Math.floor(Math.random() * 1_000) * 10);
  return startStack({ dataDir, portBase: port, log: () => {} });
}

function s3Client({ s3 }: Stack): S3Client {
  const { accessKeyId, secretAccessKey } = s3;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint: s3.url, region: s3.region, forcePathStyle: true, credentials });
}

async function bucketNames(stack: Stack): Promise<(string | undefined)[]> {
  const { Buckets = [] } = await s3Client(stack).send(new ListBucketsCommand());
  return Buckets.map(({ Name }) => Name);
}

async function withClickHouse<T>(stack: Stack, use: (client: ClickHouseClient) => Promise<T>): Promise<T> {
  const { url, user, password } = stack.clickhouse;
  const client = createClient({ url, username: user, password });
  return use(client).finally(() => client.close());
}

async function withTemporal<T>(stack: Stack, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  return use(new Client({ connection })).finally(() => connection.close());
}

test('a stack that is started again on its folder finds its data', async () => {
  const dataDir = join(await tempFolder(), 'data');
  const first = await start(dataDir);
  await s3Client(first).send(new CreateBucketCommand({ Bucket: 'mine' }));
  const query = 'CREATE TABLE default.kept ENGINE = MergeTree ORDER BY n AS SELECT 42 AS n';
  await withClickHouse(first, (client) => client.command({ query }));
  await createTransport(first.mail.url).sendMail({ from: 'a@example.com', to: 'b@example.com', text: 'kept' });
  // No worker serves it, so it stays as it is.
  const workflowId = 'kept';
  await withTemporal(first, (client) => client.workflow.start('any', { workflowId, taskQueue: 'nobody' }));
  await expect(start(dataDir)).rejects.toThrow('is in use by process');
  await first.stop();

  const second = await start(dataDir);
  expect(await bucketNames(second)).toEqual(['exports', 'mine']);
  const rows = await withClickHouse(second, async (client) =>
    (await client.query({ query: 'SELECT n FROM kept' })).json(),
  );
  expect(rows).toMatchObject({ data: [{ n: 42 }] });
  const workflow = await withTemporal(second, (client) => client.workflow.getHandle(workflowId).describe());
  expect(workflow.status.name).toBe('RUNNING');
  expect(second.secrets).toEqual(first.secrets);
  expect(await readdir(second.mail.folder)).toHaveLength(1);
  await second.stop();
});

test('the emulators take the key and the token of the stack, at their ports, and begin empty at every start', async () => {
  const dataDir = join(await tempFolder(), 'data');
  for (const _ of ['first start', 'second start']) {
    const { emulators, secrets, stop } = await start(dataDir);
    const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
    const event = { event: 'demo', distinct_id: 'ada', uuid: randomUUID(), timestamp: new Date().toISOString() };
    await post(`${emulators.posthogUrl}/batch/`, { api_key: secrets.posthogProjectKey, batch: [event] });
    const properties = { time: Date.now(), distinct_id: '', $insert_id: randomUUID() };
    const authorization = `Basic ${Buffer.from(`${secrets.mixpanelToken}:`).toString('base64')}`;
    await post(`${emulators.mixpanelUrl}/import?strict=1`, [{ event: 'demo', properties }], { authorization });
    for (const url of [emulators.posthogUrl, emulators.mixpanelUrl]) {
      const state = await (await fetch(`${url}/_emulator/state`)).json();
      expect(state).toMatchObject({ accepted: 1, different: 1, dropped: {}, refused: {} });
    }
    await stop();
    expect(await emulators.exited).toMatchObject({ expected: true, code: 0 });
  }
});

test.for(['s3', 'emulators'] as const)(
  'when %s dies, the others are stopped and its last words are told',
  async (name) => {
    const stack = await start(join(await tempFolder(), 'data'));
    process.kill(stack[name].pid, 'SIGKILL');
    const failure = await stack.failed;
    expect(failure.message.startsWith(`${name} was ended by SIGKILL. Its last log lines:\n`)).toBe(true);
    expect(failure.message).toMatch(/lines:\n.+\nThe other servers have been stopped/s);
    const { temporal, clickhouse, s3, emulators } = stack;
    await Promise.all([temporal, clickhouse, s3, emulators].map(({ exited }) => exited));
  },
);
