import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RunningClickHouse, type StartOptions, startClickHouse } from '../../dev/clickhouse/start.ts';
import { isExternal, until } from './clickhouse-world.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let dataDir: string;
const started: RunningClickHouse[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'clickhouse-process-test-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<StartOptions> = {}): Promise<RunningClickHouse> {
  const server = await startClickHouse({ port: 0, dataDir, ...options });
  started.push(server);
  return server;
}

async function ask(server: RunningClickHouse, query: string, credentials = `${server.user}:${server.password}`) {
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const answer = await fetch(server.url, { method: 'POST', body: query, headers: { authorization } });
  return { status: answer.status, text: (await answer.text()).trim() };
}

describe.skipIf(isExternal)('the process of the embedded ClickHouse', () => {
  test('keeps its data over a restart', async () => {
    const first = await start();
    await ask(first, 'CREATE DATABASE kept');
    await ask(first, 'CREATE TABLE kept.rows (id UInt32) ENGINE = MergeTree ORDER BY id');
    await ask(first, 'INSERT INTO kept.rows VALUES (1), (2)');
    await first.stop();
    expect(await first.exited).toMatchObject({ code: 0 });
    const second = await start();
    expect(await ask(second, 'SELECT sum(id) FROM kept.rows')).toEqual({ status: 200, text: '3' });
  });

  test('stops soon, also while a query runs and another’s reader sleeps', async () => {
    const server = await start();
    const endless = ask(server, 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1').catch(() => undefined);
    const sleeping = await fetch(server.url, { method: 'POST', body: 'SELECT * FROM numbers(1e12)' });
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await server.exited).toMatchObject({ code: 0 });
    await sleeping.body?.cancel().catch(() => undefined);
    await endless;
  });

  test('has its folder for itself', async () => {
    const owner = await start();
    await expect(start()).rejects.toThrow(`The data folder ${dataDir} is in use by process ${owner.pid}`);
    expect(await ask(owner, 'SELECT 1')).toEqual({ status: 200, text: '1' });
  });

  test('takes over a folder that a dead process left locked', async () => {
    await writeFile(join(dataDir, 'embedded-clickhouse.pid'), '4194999\n');
    expect(await ask(await start(), 'SELECT 1')).toEqual({ status: 200, text: '1' });
  });

  test('ends with the process that started it', async () => {
    const module = new URL('../../dev/clickhouse/start.ts', import.meta.url);
    const script = `
      const { startClickHouse } = await import(${JSON.stringify(module.href)});
      console.log((await startClickHouse({ port: 0, dataDir: ${JSON.stringify(dataDir)} })).pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });

  test('says why it does not start', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await expect(start({ dataDir: file })).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  test('lets a reader set settings and read, and nothing else', async () => {
    const server = await start({ readonlyUser: { name: 'reader', password: 'r' } });
    await ask(server, 'CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id');
    const asReader = (query: string) => ask(server, query, 'reader:r');
    expect(await asReader('SELECT count() FROM t SETTINGS max_threads = 1')).toEqual({ status: 200, text: '0' });
    expect(await asReader('SHOW TABLES')).toEqual({ status: 200, text: 't' });
    for (const query of ['INSERT INTO t VALUES (1)', 'INSERT INTO t SELECT 1', 'DROP TABLE t', 'SET readonly = 0'])
      expect((await asReader(query)).text).toMatch(/^Code: 164\..*\(READONLY\)/);
    expect(await ask(server, 'SELECT count() FROM t')).toEqual({ status: 200, text: '0' });
  });

  test('caps the memory of all queries together', async () => {
    const server = await start({ maxMemoryBytes: 1_200_000_000 });
    const { text } = await ask(server, 'SELECT length(groupArray(number)) FROM numbers(400000000)');
    expect(text).toMatch(/^Code: 241\. DB::Exception: \(total\) memory limit exceeded/);
  });

  test('refuses more queries than it has sessions, but not a KILL', async () => {
    const server = await start({ maxSessions: 3 });
    const client = createClient({ url: server.url, log: { level: 127 } });
    const running = "SELECT count() FROM system.processes WHERE query_id IN ('a', 'b', 'c')";
    const sleep = (id: string) =>
      client
        .query({ query: 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1', query_id: id })
        .catch((error) => error);
    const sleepers = [sleep('a'), sleep('b')];
    await until(async () => (await ask(server, running)).text === '2');
    sleepers.push(sleep('c'));
    await delay(200);
    expect((await ask(server, 'SELECT 1')).text).toMatch(/^Code: 202\..*\(TOO_MANY_SIMULTANEOUS_QUERIES\)/);
    await ask(server, "KILL QUERY WHERE query_id IN ('a', 'b', 'c') SYNC");
    expect(await Promise.all(sleepers)).toMatchObject([{ code: '394' }, { code: '394' }, { code: '394' }]);
    expect(await ask(server, 'SELECT 1')).toEqual({ status: 200, text: '1' });
    await client.close();
  });

  test('survives a thousand queries, sixteen at a time', async () => {
    const server = await start();
    const results = await Promise.all(
      Array.from({ length: 16 }, async (_, lane) => {
        const seen: string[] = [];
        for (let n = 0; n < 63; n += 1) {
          const query =
            n % 9 === 0 ? 'SELECT throwIf(1)' : n % 7 === 0 ? 'SELECT 1 FORMAT Nope' : `SELECT ${lane * 100 + n}`;
          seen.push((await ask(server, query)).text.slice(0, 8));
        }
        return seen;
      }),
    );
    const expected = (lane: number, n: number) =>
      n % 9 === 0 ? 'Code: 39' : n % 7 === 0 ? 'Code: 73' : String(lane * 100 + n);
    expect(results).toEqual(
      Array.from({ length: 16 }, (_, lane) => Array.from({ length: 63 }, (_, n) => expected(lane, n))),
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
