/** A process that exports as a worker's activities do (`stream-process.ts`), and is asked for one period at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DataSet } from './data-sets.ts';
import type { StreamAnswer, StreamOrder } from './stream-process.ts';
import type { BenchWorld } from './world.ts';

export interface Exporter {
  pid: number;
  /** Throws what the activities throw. */
  run(order: StreamOrder): Promise<StreamAnswer>;
  stop(): void;
}

/** The reply of `stream-process.ts`. */
interface Reply {
  answer?: StreamAnswer;
  error?: string;
}

/** @param env added to what a worker needs */
export async function startExporter(
  { stack }: BenchWorld,
  { database }: DataSet,
  env: Readonly<Record<string, string>> = {},
): Promise<Exporter> {
  const { clickhouse, secrets } = stack;
  const child = fork(fileURLToPath(new URL('stream-process.ts', import.meta.url)), {
    env: {
      ...process.env,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_USER: clickhouse.user,
      CLICKHOUSE_PASSWORD: clickhouse.password,
      CLICKHOUSE_DB: database,
      ENCRYPTION_KEY: secrets.encryptionKey,
      ALLOW_PRIVATE_NETWORKS: 'true',
      ALLOW_HTTP: 'true',
      ...env,
    },
  });
  const ended = once(child, 'exit').then((): never => {
    throw new Error('The exporting process has ended.');
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return {
    pid: child.pid ?? 0,
    async run(order) {
      const reply = new Promise<Reply>((resolve) => child.once('message', resolve));
      child.send(order);
      const { answer, error } = await Promise.race([reply, ended]);
      if (answer === undefined) throw new Error(error);
      return answer;
    },
    stop: () => child.disconnect(),
  };
}
