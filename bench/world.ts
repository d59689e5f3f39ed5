import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import type { ClickHouseClient } from '@clickhouse/client';
import { createExportsClient, type ExportsClient } from '../client/index.ts';
import { downloadsOf } from '../dev/demo/downloads.ts';
import { connectClickHouse, connectTemporal } from '../dev/stack/connect.ts';
import { freePort } from '../dev/stack/ports.ts';
import type { RunningServer } from '../dev/stack/process.ts';
import { type Stack, startStack } from '../dev/stack/stack.ts';
import { startWorkerProcess } from '../dev/stack/worker.ts';

const PORT_BASE = 17_233;
export const BENCH_BUCKET = 'bench';

/** The embedded stack, each server in a process of its own; ClickHouse has the data sets of earlier runs, the others begin empty. */
export interface BenchWorld {
  stack: Stack;
  clickhouse: ClickHouseClient;
  s3: S3Client;
  exports: ExportsClient;
  log(line: string): void;
  /** A worker as in production, in a process of its own. */
  startWorker(database: string, env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  close(): Promise<void>;
}

export async function openWorld(dataDir: string, log: (line: string) => void): Promise<BenchWorld> {
  for (const folder of ['temporal', 's3']) await rm(join(dataDir, folder), { recursive: true, force: true });
  const stack = await startStack({ dataDir, portBase: PORT_BASE, buckets: [BENCH_BUCKET], log: () => undefined });
  try {
    return await connect(stack, log);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function connect(stack: Stack, log: (line: string) => void): Promise<BenchWorld> {
  const { clickhouse, s3, temporal, secrets } = stack;
  const source = connectClickHouse(clickhouse, 3_600_000);
  // Merges begin when the engine opens its folder, and would compete with what is measured.
  await source.command({ query: 'SYSTEM STOP MERGES' });
  // Checkpoints of an earlier run would let an integration go on where it was.
  await source.command({ query: 'DROP DATABASE IF EXISTS exports SYNC' });
  const connection = await connectTemporal(temporal);
  const workers: RunningServer[] = [];
  let bundle: Promise<string> | undefined;
  return {
    stack,
    log,
    clickhouse: source,
    s3: new S3Client({
      endpoint: s3.url,
      region: s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    }),
    exports: createExportsClient({
      connection,
      namespace: temporal.namespace,
      encryptionKey: secrets.encryptionKey,
      downloads: downloadsOf(s3, BENCH_BUCKET),
      timeouts: { answer: 30_000 },
    }),
    async startWorker(database, env = {}) {
      const { port: healthPort } = await freePort(0);
      // As in the image: bundling at the start takes more memory than all that comes after it.
      bundle ??= bundleWorkflows(join(stack.logDir, '..'));
      const worker = await startWorkerProcess(stack, {
        healthPort,
        database,
        env: { WORKFLOW_BUNDLE: await bundle, ...env },
      });
      workers.push(worker);
      return worker;
    },
    async close() {
      for (const worker of workers) await worker.stop();
      await Promise.all([source.close(), connection.close()]);
      await stack.stop();
    },
  };
}

/** Writes the workflow code into the folder; by the script that makes the image. */
async function bundleWorkflows(folder: string): Promise<string> {
  const path = join(folder, 'workflow-bundle.js');
  const script = fileURLToPath(new URL('../workers/bundle-workflows.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [script, path]);
  return path;
}
