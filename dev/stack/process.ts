import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './log-file.ts';
import { watchOver } from './watchdog.ts';

/** How a server process ended; `lastLines` are the newest lines of its log. */
export interface ServerExit {
  readonly name: string;
  /** True after `stop()`; false when the process ended by itself or was killed by somebody else. */
  readonly expected: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: readonly string[];
}

/** What every server of the embedded stack has in common. */
export interface RunningServer {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** SIGTERM, after `stopTimeoutMs` SIGKILL; resolves when the process is gone. May be called any number of times. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  /** Shown in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets stdout and stderr; begun anew at every start. Its folder is created. */
  readonly logFile: string;
  /** True once the server answers. Called again and again; a rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds until a server that is not ready is given up; default 30,000. */
  readonly readyTimeoutMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL; default 5,000. */
  readonly stopTimeoutMs?: number;
}

/**
 * Starts a server and waits until it answers.
 * Throws with the last log lines when the process ends first or is not ready in time; nothing is left running then.
 */
export async function startServer(options: ServerCommand): Promise<RunningServer> {
  const { name, readyTimeoutMs = 30_000 } = options;
  const server = await launch(options);
  let ended: ServerExit | undefined;
  void server.exited.then((exit) => {
    ended = exit;
  });
  const deadline = Date.now() + readyTimeoutMs;
  while (Date.now() < deadline) {
    const ready = await Promise.race([options.ready().catch(() => false), server.exited.then(() => false)]);
    if (ended) throw new Error(describeExit(ended));
    if (ready) return server;
    await sleep(50);
  }
  await server.stop();
  const tail = (await lastLines(options.logFile)).join('\n');
  throw new Error(`${name} was not ready after ${readyTimeoutMs} ms. Its last log lines:\n${tail}`);
}

/** A sentence about an exit, with the last log lines below it. */
export function describeExit(exit: ServerExit): string {
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
  return [`${exit.name} ${how}. Its last log lines:`, ...exit.lastLines].join('\n');
}

async function launch(options: ServerCommand): Promise<RunningServer> {
  const { name, logFile, stopTimeoutMs = 5_000 } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  // The child writes to the file itself: a busy or dead parent can then neither block it nor lose its last words.
  const log = openSync(logFile, 'w');
  const child = spawn(options.command, [...options.args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C in the terminal must reach only the parent, which stops its servers in order.
    detached: true,
  });
  closeSync(log);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`${name} could not be started from ${options.command}`, { cause: error });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process id`);
  const watchdog = watchOver(pid);

  let stopping = false;
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', async (code, signal) => {
      watchdog.dismiss();
      resolve({ name, expected: stopping, code, signal, lastLines: await lastLines(logFile) });
    });
  });

  async function stop(): Promise<void> {
    if (!stopping && child.exitCode === null && child.signalCode === null) {
      stopping = true;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await exited;
      clearTimeout(killer);
    }
    await exited;
  }

  return { name, pid, exited, stop };
}
