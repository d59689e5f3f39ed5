import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { z } from 'zod';
import type { Format } from '../../shared/config/integration.ts';
import { CutBodyError, ExceptionStream } from './exception-stream.ts';
import { withLongValuesInText } from './long-values.ts';
import { HTTP_TIMEOUT_SECONDS, type Settings } from './settings.ts';
import { sourceFailure } from './source-failures.ts';
import type { Statement } from './statement.ts';

export interface ConnectionSettings {
  url: string;
  user: string;
  password: string;
  /** Database of table names without one. */
  database: string;
}

export interface QueryOptions {
  settings: Settings;
  queryId?: string;
  signal?: AbortSignal;
  /** `log_comment`. */
  comment?: Record<string, string | number>;
}

/** Runs statements, each with an id of its own; whatever ends before its time is killed on the server too. */
export interface QueryRunner {
  /** The body of a statement that ends with `FORMAT …`, as it comes. Fails, never just ends, when the query fails. */
  stream(statement: Statement, options: QueryOptions & { format: Format; head?: Buffer }): Promise<Readable>;
  /** All rows of a small result; each row is an array of values that must match the schema. */
  rows<Row>(statement: Statement, row: z.ZodType<Row>, options: QueryOptions): Promise<Row[]>;
  /** A statement without a result. */
  command(statement: Statement, options: QueryOptions): Promise<void>;
  close(): Promise<void>;
}

/** A reader that once let the rows wait for this long may be the reason why the server gave up. */
const SLOW_READER_MS = (HTTP_TIMEOUT_SECONDS * 1000) / 2;
const KILL_TIMEOUT_MS = 3_000;

export function createQueryRunner(connection: ConnectionSettings): QueryRunner {
  const open = (connections: number): ClickHouseClient =>
    createClient({
      url: connection.url,
      username: connection.user,
      password: connection.password,
      database: connection.database,
      application: 'event-exports',
      // Its log would hold the server's messages, which quote row values.
      log: { level: ClickHouseLogLevel.OFF },
      max_open_connections: connections,
      // An idle socket is no fault while a reader is slow; the server's own limit comes first.
      request_timeout: (HTTP_TIMEOUT_SECONDS + 30) * 1000,
    });
  const client = open(1024);
  // Of its own, so that a kill never waits for a free connection.
  const killer = open(16);

  /** Never fails: the server may be gone, the query ended, or the right missing. */
  const kill = async (queryId: string): Promise<void> => {
    await killer
      .command({
        query: 'KILL QUERY WHERE query_id = {query_id:String} ASYNC',
        query_params: { query_id: queryId },
        abort_signal: AbortSignal.timeout(KILL_TIMEOUT_MS),
      })
      .catch(() => undefined);
  };

  const start = async (statement: Statement, options: QueryOptions & { queryId: string }) => {
    options.signal?.throwIfAborted();
    const { sql, params } = withLongValuesInText(statement);
    try {
      return await client.exec({
        query: sql,
        query_params: params,
        query_id: options.queryId,
        clickhouse_settings: { ...options.settings, log_comment: JSON.stringify(options.comment ?? {}) },
        ...(options.signal && { abort_signal: options.signal }),
      });
    } catch (error) {
      if (!options.signal?.aborted) throw sourceFailure(error, { queryId: options.queryId });
      await kill(options.queryId);
      throw options.signal.reason;
    }
  };

  const stream: QueryRunner['stream'] = async (statement, options) => {
    const { signal, queryId = randomUUID() } = options;
    const response = await start(statement, { ...options, queryId });
    const body = new ExceptionStream({
      format: options.format,
      tag: headerOf(response.response_headers, 'x-clickhouse-exception-tag'),
      ...(options.head && { head: options.head }),
      toFailure: (cause, longestStallMs) => {
        if (signal?.aborted) return signal.reason;
        const readerWasSlow = longestStallMs > SLOW_READER_MS;
        return sourceFailure(cause, { queryId, streaming: !(cause instanceof CutBodyError), readerWasSlow });
      },
      onBroken: () => kill(queryId),
    });
    return joined(response.stream, body, signal);
  };

  return {
    stream,
    async rows(statement, row, options) {
      const sql = `${statement.sql}\nFORMAT JSONCompactEachRow`;
      const lines = await textOf(await stream({ ...statement, sql }, { ...options, format: 'jsonl' }));
      return lines === '' ? [] : row.array().parse(JSON.parse(`[${lines.trimEnd().replaceAll('\n', ',')}]`));
    },
    async command(statement, options) {
      await textOf(await stream(statement, { ...options, format: 'jsonl' }));
    },
    async close() {
      await Promise.all([client.close(), killer.close()]);
    },
  };
}

/**
 * Lets the body through. ClickHouse sends the reason of a failure and then cuts the connection: what has arrived by then still goes
 * through, in order, so that the reason is found (`pipeline` would drop it, also when only our reader is behind).
 */
function joined(source: Readable, body: ExceptionStream, signal: AbortSignal | undefined): Readable {
  const abort = () => {
    body.destroy(signal?.reason);
  };
  const broken = (cause: Error) => {
    // Works on a destroyed stream too; null when nothing is left.
    const rest: Buffer | null = source.read();
    body.endBroken(cause, rest);
  };
  source.on('data', (chunk: Buffer) => {
    if (!body.write(chunk)) source.pause();
  });
  source.on('end', () => body.end());
  source.on('error', broken);
  source.on('close', () => broken(new CutBodyError('connection closed')));
  body.on('drain', () => source.resume());
  body.once('close', () => {
    signal?.removeEventListener('abort', abort);
    source.destroy();
  });
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return body;
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
