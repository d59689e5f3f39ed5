import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startEmbeddedClickHouse } from '../../dev/stack/clickhouse.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { startS3 } from '../../dev/stack/s3.ts';
import { startTemporal } from '../../dev/stack/temporal.ts';
import type { TestServers } from './provided.ts';

interface Started<Address> {
  readonly address: Address;
  stop(): Promise<void>;
}

/**
 * Starts one server of each kind for a whole test run, with data and logs in `folder`.
 * A server that runs already is used instead where its address is given: TEMPORAL_TEST_ADDRESS, CLICKHOUSE_TEST_URL,
 * S3_TEST_ENDPOINT (with the names, users and keys read below).
 */
export async function startTestServers(folder: string): Promise<Started<TestServers>> {
  const starting = [temporalServer(folder), clickhouseServer(folder), s3Server(folder)] as const;
  const stop = async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
  };
  try {
    const [temporal, clickhouse, s3] = await Promise.all(starting);
    return { address: { temporal: temporal.address, clickhouse: clickhouse.address, s3: s3.address }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const { env } = process;
const running = async <Address>(address: Address): Promise<Started<Address>> => ({ address, stop: async () => {} });

async function temporalServer(folder: string): Promise<Started<TestServers['temporal']>> {
  const address = env.TEMPORAL_TEST_ADDRESS;
  if (address) return running({ address, namespace: env.TEMPORAL_TEST_NAMESPACE ?? 'default' });
  const { port } = await freePort(0);
  const server = await startTemporal({ port, logFile: join(folder, 'temporal.log') });
  return { address: { address: server.address, namespace: server.namespace }, stop: server.stop };
}

async function clickhouseServer(folder: string): Promise<Started<TestServers['clickhouse']>> {
  const url = env.CLICKHOUSE_TEST_URL;
  if (url)
    return running({ url, user: env.CLICKHOUSE_TEST_USER ?? 'default', password: env.CLICKHOUSE_TEST_PASSWORD ?? '' });
  const { port } = await freePort(0);
  const server = await startEmbeddedClickHouse({
    port,
    dataDir: join(folder, 'clickhouse'),
    user: 'default',
    password: randomBytes(16).toString('hex'),
    logFile: join(folder, 'clickhouse.log'),
  });
  return { address: { url: server.url, user: server.user, password: server.password }, stop: server.stop };
}

async function s3Server(folder: string): Promise<Started<TestServers['s3']>> {
  const url = env.S3_TEST_ENDPOINT;
  if (url) {
    const { S3_TEST_ACCESS_KEY_ID: accessKeyId, S3_TEST_SECRET_ACCESS_KEY: secretAccessKey } = env;
    if (!accessKeyId || !secretAccessKey) {
      throw new Error('S3_TEST_ENDPOINT needs S3_TEST_ACCESS_KEY_ID and S3_TEST_SECRET_ACCESS_KEY');
    }
    return running({ url, region: env.S3_TEST_REGION ?? 'us-east-1', accessKeyId, secretAccessKey });
  }
  const { port } = await freePort(0);
  const server = await startS3({
    port,
    dataDir: join(folder, 's3'),
    accessKeyId: 'test-access-key',
    secretAccessKey: randomBytes(20).toString('hex'),
    logFile: join(folder, 's3.log'),
  });
  const { region, accessKeyId, secretAccessKey } = server;
  return { address: { url: server.url, region, accessKeyId, secretAccessKey }, stop: server.stop };
}
