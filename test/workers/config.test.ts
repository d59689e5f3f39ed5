import { expect, test } from 'vitest';
import { DEFAULT_TABLES } from '../../activities/source/source-table.ts';
import { ConfigError, readConfig } from '../../workers/config.ts';
import { VARIABLES } from '../../workers/variables.ts';

const ENCRYPTION_KEY = 'ab'.repeat(32);

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

test('one message lists everything that is wrong, each with its variable', () => {
  const faults = faultsOf({
    ENCRYPTION_KEY: 'short',
    ENCRYPTION_KEYS_PREVIOUS: `${ENCRYPTION_KEY},nonsense`,
    CLICKHOUSE_URL: 'tcp://clickhouse:9000',
    CLICKHOUSE_DB: 'a; DROP TABLE b',
    ALLOW_HTTP: 'perhaps',
    CONCURRENT_STREAMS: '0',
    HEALTH_PORT: '70000',
    BIND_ADDRESS: 'everywhere',
    LOG_LEVEL: 'loud',
    MAX_MEMORY_USAGE: '1 GB',
    WORKER_BUILD_ID: '7',
    TEMPORAL_TLS_CERT_FILE: '/cert.pem',
  });
  const named = faults.map((fault) => /^ {2}- (\w+) /.exec(fault)?.[1]);
  expect(named.sort()).toEqual([
    'ALLOW_HTTP',
    'BIND_ADDRESS',
    'CLICKHOUSE_DB',
    'CLICKHOUSE_URL',
    'CONCURRENT_STREAMS',
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEYS_PREVIOUS',
    'HEALTH_PORT',
    'LOG_LEVEL',
    'MAX_MEMORY_USAGE',
    'TEMPORAL_TLS_CERT_FILE',
    'WORKER_DEPLOYMENT_NAME',
  ]);
});

test('a missing key is named, with the command that makes one; no key is ever repeated', () => {
  expect(faultsOf({}).join()).toMatch(/ENCRYPTION_KEY is not set.*openssl rand -hex 32/);
  expect(faultsOf({ ENCRYPTION_KEY: '' }).join()).toContain('ENCRYPTION_KEY is not set');
  expect(faultsOf({ ENCRYPTION_KEY: 'my-secret-key' }).join()).not.toContain('my-secret-key');
});

test('a key is all that is needed; a variable that is set to nothing counts as not set', () => {
  const config = readConfig({ ENCRYPTION_KEY, LOG_LEVEL: '', HEALTH_PORT: '', INSTALLATION_ID: '' });
  expect(config).toMatchObject({
    temporal: { address: 'localhost:7233', namespace: 'default', tls: false },
    clickhouse: { tables: DEFAULT_TABLES, exportsDatabase: 'exports' },
    destinations: { allowPrivateNetworks: false, allowHttp: false, allowedHosts: [], workerRoleAllowed: [] },
    queues: { name: 'exports', main: true, objectStore: true, batch: true, concurrentStreams: 8 },
    logLevel: 'info',
  });
  expect(config.versioning).toBeUndefined();
  expect(config.ports.health).toBeUndefined();
  expect(config.installationId).toBeUndefined();
});

test('what operators set arrives', () => {
  const config = readConfig({
    ENCRYPTION_KEY,
    TEMPORAL_API_KEY: 'key',
    ALLOWED_HOSTS: ' minio.internal, 10.0.0.7 ,',
    WORKER_ROLE_ALLOWED: 'bucket/exports',
    QUEUE_CONSUMER_EXPORTS_QUEUE_IS_ENABLED: 'false',
    QUEUE_CONSUMER_BATCH_EXPORT_QUEUE_IS_ENABLED: 'false',
    WORKER_DEPLOYMENT_NAME: 'exports',
    WORKER_BUILD_ID: '1.2.3',
    METRICS_PORT: '9464',
  });
  expect(config.temporal.tls).toBe(true);
  expect(config.destinations).toMatchObject({
    allowedHosts: ['minio.internal', '10.0.0.7'],
    workerRoleAllowed: ['bucket/exports'],
  });
  expect(config.queues).toMatchObject({ main: false, objectStore: true, batch: false });
  expect(config.versioning).toEqual({ deploymentName: 'exports', buildId: '1.2.3' });
  expect(config.ports.metrics).toBe(9464);
});

test('every variable says what it is for', () => {
  for (const [name, schema] of Object.entries(VARIABLES)) expect(schema.description, name).toBeTruthy();
});
