import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { lastLines } from '../../dev/stack/log-file.ts';
import { describeExit, type ServerCommand, startServer } from '../../dev/stack/process.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A server that is a few lines of shell. */
async function shellServer(script: string, options: Partial<ServerCommand> = {}): Promise<ServerCommand> {
  const logFile = join(await tempFolder(), 'logs', 'server.log');
  return { name: 'demo', command: 'sh', args: ['-c', script], logFile, ready: async () => true, ...options };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a server process', () => {
  test('is stopped by SIGTERM, and stopping twice is fine', async () => {
    const server = await startServer(await shellServer('sleep 60'));
    expect(isAlive(server.pid)).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    expect(isAlive(server.pid)).toBe(false);
    expect(await server.exited).toMatchObject({ expected: true, signal: 'SIGTERM' });
  });

  test('is killed when it ignores SIGTERM', async () => {
    const script = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
    const server = await startServer(await shellServer(script, { stopTimeoutMs: 100 }));
    await server.stop();
    expect(await server.exited).toMatchObject({ expected: true, signal: 'SIGKILL' });
  });

  test('that dies later reports its exit code and its last lines', async () => {
    const server = await startServer(await shellServer('echo one; sleep 0.2; echo "out of luck" >&2; exit 3'));
    const exit = await server.exited;
    expect(exit).toMatchObject({ expected: false, code: 3, lastLines: ['one', 'out of luck'] });
    expect(describeExit(exit)).toBe('demo exited with code 3. Its last log lines:\none\nout of luck');
  });

  test('that dies before it is ready fails the start with its last lines', async () => {
    const command = await shellServer('echo "port in use"; exit 1', { ready: async () => false });
    await expect(startServer(command)).rejects.toThrow(/demo exited with code 1.*port in use/s);
  });

  test('that does not become ready in time is stopped', async () => {
    const command = await shellServer('echo $$; sleep 60', { ready: async () => false, readyTimeoutMs: 200 });
    const failure = await startServer(command).catch((error: Error) => error.message);
    expect(failure).toMatch(/demo was not ready after 200 ms/);
    expect(isAlive(Number(String(failure).split('\n').at(-1)))).toBe(false);
  });

  test('that does not exist is an error that names the command', async () => {
    const command = await shellServer('', { command: '/nowhere/server' });
    await expect(startServer(command)).rejects.toThrow('demo could not be started from /nowhere/server');
  });

  test('does not survive the death of the process that started it', async () => {
    // It says that it was stopped: a dead process that nobody has waited for would still seem alive to `kill -0`.
    const command = await shellServer('trap "echo stopped; exit" TERM; echo started; while :; do sleep 0.05; done');
    const program = `
      const { startServer } = await import(${JSON.stringify(import.meta.resolve('../../dev/stack/process.ts'))});
      await startServer({ ...${JSON.stringify(command)}, ready: async () => true });
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '-e', program];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    const lines = () => lastLines(command.logFile);
    await vi.waitFor(async () => expect(await lines()).toEqual(['started']), { timeout: 3_000 });
    parent.kill('SIGKILL');
    await vi.waitFor(async () => expect(await lines()).toEqual(['started', 'stopped']), { timeout: 3_000 });
  });
});
