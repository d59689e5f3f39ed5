/** Starts workers over fake activities and an integration on them: the setting of most workflow tests. */

import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, vi } from 'vitest';
import { type IntegrationConfig, integrationConfigSchema } from '../../shared/config/integration.ts';
import type { IntegrationView } from '../../shared/integration-view.ts';
import type { integration } from '../../workflows/integration.ts';
import * as messages from '../../workflows/messages.ts';
import type { FakeWorld } from './fake-activities.ts';
import { startFakeWorkers } from './fake-workers.ts';
import type { World } from './world.ts';

export const sealedExample = `v1.00000000.${'A'.repeat(60)}`;

/** A valid configuration with short waits; override what matters to the test. */
export function exampleConfig(overrides: Record<string, unknown> = {}): IntegrationConfig {
  return integrationConfigSchema.parse({
    name: 'example',
    frequency: 'hourly',
    settleMinutes: 0,
    destination: {
      kind: 's3',
      provider: 's3_compatible',
      bucket: 'example',
      endpoint: 'http://127.0.0.1:1',
      credentials: { kind: 'static', accessKeyId: 'key', secretAccessKey: sealedExample },
    },
    ...overrides,
    tuning: { activityAttempts: 1, holePauseSeconds: 0.2, ...(overrides.tuning ?? {}) },
  });
}

export interface Running {
  handle: WorkflowHandle<typeof integration>;
  view(): Promise<IntegrationView>;
  /** Polls the view until `condition` holds. */
  until(condition: (view: IntegrationView) => boolean, what: string, timeoutMs?: number): Promise<IntegrationView>;
}

/** Repeats an assertion until it holds; the machine may be busy with other tests. */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 60_000, interval: 100 });
}

/** What a refused update says. */
export async function refusal(update: Promise<unknown>): Promise<string> {
  const error = await update.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  return error instanceof WorkflowUpdateFailedError ? (error.cause?.message ?? '') : '';
}

/** With RECORD_HISTORIES set, keeps the history of a scenario for the replay test. Never of a test that sets the cache to 0. */
export async function recordHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.RECORD_HISTORIES === undefined) return;
  const file = new URL(`../histories/${name}.json.gz`, import.meta.url);
  await mkdir(new URL('.', file), { recursive: true });
  const history = historyToJSON(await handle.fetchHistory());
  // Stack traces and identities name this machine; a replay does not look at them.
  const neutral = history.replaceAll(process.cwd(), '').replaceAll(hostname(), 'host');
  await writeFile(file, gzipSync(neutral, { level: 9 }));
}

export interface Runner {
  /** Where its workers poll. */
  taskQueue: string;
  start(config: IntegrationConfig, options?: { integrationId?: string; fresh?: boolean }): Promise<Running>;
  stop(): Promise<void>;
}

/** @param options `cache: 0` replays the history at every step, which finds non-determinism. */
export async function startRunner(world: World, fake: FakeWorld, options: { cache?: number } = {}): Promise<Runner> {
  const { client } = world.temporal;
  const { taskQueue, stop } = await startFakeWorkers(world, fake.activities, { work: 'blob', cache: options.cache });
  return {
    taskQueue,
    async start(config, { integrationId = 'one', fresh } = {}) {
      const { projectId } = world;
      const handle = await client.workflow.start<typeof integration>('integration', {
        workflowId: `integration/${projectId}/${integrationId}`,
        taskQueue,
        args: [{ projectId, integrationId, config, actor: 'test', ...(fresh ? { fresh } : {}) }],
      });
      const view = () => handle.query(messages.state);
      return {
        handle,
        view,
        async until(condition, what, timeoutMs = 60_000) {
          const deadline = Date.now() + timeoutMs;
          for (;;) {
            const now = await view();
            if (condition(now)) return now;
            if (Date.now() > deadline) throw new Error(`waited in vain until ${what}: ${JSON.stringify(now, null, 1)}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        },
      };
    },
    stop,
  };
}
