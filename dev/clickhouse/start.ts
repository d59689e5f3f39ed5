import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface StartOptions {
  /** 0 takes any free port. */
  port: number;
  dataDir: string;
  user?: string;
  password?: string;
  /** A second user that may only read. */
  readonlyUser?: { name: string; password: string };
  /** Statements at once; more get error 202. */
  maxSessions?: number;
  /** Cap on the memory of all statements together. */
  maxMemoryBytes?: number;
  /** Everything that the process says is appended here. */
  logFile?: string;
}

/** A running embedded ClickHouse. */
export interface RunningClickHouse {
  url: string;
  user: string;
  password: string;
  pid: number;
  /** Ends it in an orderly way (SIGTERM, then SIGKILL after 10 s). */
  stop(): Promise<void>;
  /** Resolves when it is gone, however that came; `code` is null after a signal. */
  exited: Promise<{ code: number | null; lastLines: string[] }>;
}

const LAST_LINES = 30;
const KILL_AFTER_MS = 10_000;

/**
 * Starts the embedded ClickHouse in a process of its own and waits until it answers. It ends with this process.
 * Rejects with the process's last words if it ends before.
 */
export async function startClickHouse(options: StartOptions): Promise<RunningClickHouse> {
  const { user = 'default', password = '', readonlyUser, maxSessions = 64 } = options;
  const server = fileURLToPath(new URL('server.ts', import.meta.url));
  const args = [
    ...[server, '--exit-with-parent', '--port', String(options.port), '--data', options.dataDir],
    ...['--user', user, `--password=${password}`, '--max-sessions', String(maxSessions)],
    ...(readonlyUser === undefined
      ? []
      : ['--readonly-user', readonlyUser.name, `--readonly-password=${readonlyUser.password}`]),
    ...(options.maxMemoryBytes === undefined ? [] : ['--max-memory', String(options.maxMemoryBytes)]),
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(maxSessions + 32), TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });
  const lastLines: string[] = [];
  const ready = Promise.withResolvers<string>();
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      lastLines.push(line);
      lastLines.splice(0, lastLines.length - LAST_LINES);
      log?.write(`${line}\n`);
      const url = /^ready (\S+)$/.exec(line)?.[1];
      if (url !== undefined) ready.resolve(url);
    });
  }
  const exited = new Promise<{ code: number | null; lastLines: string[] }>((resolve) => {
    const end = (code: number | null) => {
      log?.end();
      resolve({ code, lastLines });
      ready.reject(new Error(`The embedded ClickHouse did not start (code ${code}):\n${lastLines.join('\n')}`));
    };
    child.once('error', (error) => {
      lastLines.push(error.message);
      end(null);
    });
    child.once('close', end);
  });
  const url = await ready.promise;
  return {
    url,
    user,
    password,
    pid: child.pid ?? 0,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      await exited;
      clearTimeout(deadline);
    },
  };
}
