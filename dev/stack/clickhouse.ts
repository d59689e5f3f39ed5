import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startClickHouse } from '../clickhouse/start.ts';
import type { RunningServer } from './process.ts';
import { watchOver } from './watchdog.ts';

export interface ClickHouseServerOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly user: string;
  readonly password: string;
  readonly logFile: string;
}

/** Everything a client needs. */
export interface ClickHouseServer extends RunningServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Starts the embedded ClickHouse as a member of the stack: with the same shape and the same watchdog as the others. */
export async function startEmbeddedClickHouse(options: ClickHouseServerOptions): Promise<ClickHouseServer> {
  const name = 'clickhouse';
  await mkdir(dirname(options.logFile), { recursive: true });
  const server = await startClickHouse({ ...options });
  const { url, user, password, pid } = server;
  // It ends by itself when this process dies, but the engine can hang while it does.
  const watchdog = watchOver(pid);
  let stopping = false;
  const exited = server.exited.then(({ code, lastLines }) => {
    watchdog.dismiss();
    return { name, expected: stopping, code, signal: null, lastLines };
  });
  async function stop(): Promise<void> {
    stopping = true;
    await server.stop();
  }
  return { name, url, user, password, pid, exited, stop };
}
