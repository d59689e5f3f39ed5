import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from './process.ts';
import type { Stack } from './stack.ts';

/** Starts a worker on the stack in a process of its own, as in production; ready when it polls its queues. */
export function startWorkerProcess(
  stack: Stack,
  options: { healthPort: number; database: string; env?: Readonly<Record<string, string>> },
): Promise<RunningServer> {
  const { temporal, clickhouse, emulators, mail, secrets, logDir } = stack;
  const { healthPort, database } = options;
  return startServer({
    name: 'worker',
    command: process.execPath,
    args: [fileURLToPath(new URL('../../workers/main.ts', import.meta.url))],
    env: {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      TEMPORAL_API_KEY: undefined,
      TEMPORAL_TLS: undefined,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_USER: clickhouse.user,
      CLICKHOUSE_PASSWORD: clickhouse.password,
      CLICKHOUSE_DB: database,
      ENCRYPTION_KEY: secrets.encryptionKey,
      // S3 server and emulators are on this machine and speak plain http.
      ALLOW_PRIVATE_NETWORKS: 'true',
      ALLOW_HTTP: 'true',
      MIXPANEL_URL: emulators.mixpanelUrl,
      SMTP_CONNECTION_URL: mail.url,
      EMAIL_FROM_ADDRESS: 'Event exports <exports@localhost.test>',
      HEALTH_PORT: String(healthPort),
      ...options.env,
    },
    logFile: join(logDir, 'worker.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${healthPort}/ready`)).ok,
    readyTimeoutMs: 60_000,
    // It drains: running activities get its own grace time of half a minute.
    stopTimeoutMs: 45_000,
  });
}
