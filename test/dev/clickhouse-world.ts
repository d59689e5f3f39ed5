import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClickHouseClient, type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client';
import { type StartOptions, startClickHouse } from '../../dev/clickhouse/start.ts';

/** A real server to run the same tests against, instead of the embedded one. */
const external = process.env.CLICKHOUSE_TEST_URL;
export const isExternal = external !== undefined;

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** The code of the error that ended the body; undefined when it came whole. */
  cut: string | undefined;
}

/** A server with an empty database of this test's own. */
export interface ClickHouseWorld {
  url: string;
  user: string;
  password: string;
  database: string;
  /** Undefined for a server that these tests did not start. */
  pid: number | undefined;
  client: ClickHouseClient;
  connect(options?: ClickHouseClientConfigOptions): ClickHouseClient;
  /** The rows of a query, parsed. */
  rows<T>(query: string, options?: { settings?: Record<string, string | number>; id?: string }): Promise<T[]>;
  /** Sends a request without the client; `parameters` go into the URL. */
  send(
    parameters: Record<string, string>,
    options?: { method?: string; headers?: Record<string, string> },
  ): ClientRequest;
  /** The same with a whole body and the whole answer. */
  post(query: string, parameters?: Record<string, string>, headers?: Record<string, string>): Promise<RawAnswer>;
  /** Waits until a query is running (or no longer running). */
  untilRunning(queryId: string, running: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function openClickHouseWorld(options: Partial<StartOptions> = {}): Promise<ClickHouseWorld> {
  const database = `front_test_${process.pid}_${Date.now()}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'clickhouse-front-test-'));
  const server =
    external === undefined
      ? await startClickHouse({ port: 0, dataDir, user: 'tester', password: 'secret: ü', ...options })
      : undefined;
  const url = server?.url ?? external ?? '';
  const user = server?.user ?? process.env.CLICKHOUSE_TEST_USER ?? 'default';
  const password = server?.password ?? process.env.CLICKHOUSE_TEST_PASSWORD ?? '';
  const clients: ClickHouseClient[] = [];
  const connect: ClickHouseWorld['connect'] = (own = {}) => {
    const created = createClient({
      ...{ url, username: user, password, database, max_open_connections: 32 },
      ...{ log: { level: 127 }, ...own },
    });
    clients.push(created);
    return created;
  };
  await connect({ database: 'default' }).command({ query: `CREATE DATABASE ${database}` });
  const client = connect();

  const world: ClickHouseWorld = {
    ...{ url, user, password, database, client, connect, pid: server?.pid },
    async rows(query, { settings = {}, id } = {}) {
      const result = await client.query({
        ...{ query, format: 'JSONEachRow', clickhouse_settings: settings },
        ...(id === undefined ? {} : { query_id: id }),
      });
      return result.json();
    },
    send(parameters, { method = 'POST', headers = {} } = {}) {
      const target = `${url}/?${new URLSearchParams({ database, ...parameters })}`;
      const credentials = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': encodeURIComponent(password) };
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      const all = 'X-ClickHouse-User' in headers ? { ...credentials, ...headers } : { authorization, ...headers };
      return request(target, { method, agent: false, headers: all });
    },
    async post(query, parameters = {}, headers = {}) {
      const sent = world.send(parameters, { headers });
      sent.end(query);
      return readAnswer(sent);
    },
    async untilRunning(queryId, running) {
      const query = `SELECT count() AS n FROM system.processes WHERE query_id = '${queryId}'`;
      await until(async () => (await world.rows<{ n: number }>(query))[0]?.n === (running ? 1 : 0));
    },
    async close() {
      await client.command({ query: `DROP DATABASE ${database} SYNC` }).catch(() => undefined);
      await Promise.all(clients.map((each) => each.close()));
      await server?.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

export async function readAnswer(sent: ClientRequest): Promise<RawAnswer> {
  const answer = await answerOf(sent);
  const chunks: Buffer[] = [];
  let cut: string | undefined;
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('error', (error) => {
    cut = 'code' in error ? String(error.code) : error.message;
  });
  await new Promise((resolve) => answer.on('close', resolve));
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), cut };
}

export async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = await once(sent, 'response');
  return answer;
}

/** Waits for a condition, at most ten seconds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ten seconds: ${condition}`);
    await delay(25);
  }
}

/** Resident memory of a process in MB (Linux). */
export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
