/** The worker as a process of its own, as in production. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from '../../dev/stack/ports.ts';
import type { Job } from '../../shared/activities.ts';
import { integrationWorkflowId } from '../../shared/names.ts';
import { ENCRYPTION_KEY, type Setting } from '../activities/setting.ts';

export interface WorkerProcess {
  /** All that it has printed. */
  output(): string;
  /** Status of a path of its health server, 0 when nobody answers. */
  get(path: string): Promise<number>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, null after a signal. */
  ended: Promise<number | null>;
}

/** Starts `workers/main.ts` on the servers and task queue of the setting; killed when the test has finished. */
export async function startWorkerProcess(
  { world }: Pick<Setting, 'world'>,
  overrides: Record<string, string> = {},
): Promise<WorkerProcess> {
  const { port } = await freePort(0);
  const child = spawn(process.execPath, ['workers/main.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: world.temporal.address,
      TEMPORAL_NAMESPACE: world.temporal.namespace,
      TASK_QUEUE: world.temporal.taskQueue,
      CLICKHOUSE_URL: world.clickhouse.url,
      CLICKHOUSE_USER: world.clickhouse.user,
      CLICKHOUSE_PASSWORD: world.clickhouse.password,
      CLICKHOUSE_DB: world.clickhouse.database,
      EXPORTS_DATABASE: world.clickhouse.database,
      ENCRYPTION_KEY,
      ALLOW_PRIVATE_NETWORKS: 'true',
      ALLOW_HTTP: 'true',
      HEALTH_PORT: String(port),
      ...overrides,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  return {
    output: () => text,
    get: (path) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => 0,
      ),
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'close').then(([code]) => code),
  };
}

/** Starts the integration's workflow. */
export async function startIntegration({ world }: Setting, job: Job): Promise<void> {
  const { projectId, integrationId, config } = job;
  await world.temporal.client.workflow.start('integration', {
    workflowId: integrationWorkflowId(job),
    taskQueue: world.temporal.taskQueue,
    args: [{ projectId, integrationId, config, actor: 'test' }],
  });
}

/** @param what told when the time is up */
export async function until(condition: () => Promise<boolean>, what: () => string, timeoutMs = 40_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); await sleep(30)) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what().slice(-5_000)}`);
  }
}
