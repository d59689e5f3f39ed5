import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { sendException, sendResult } from './answer.ts';
import type { AnswerHead } from './answer-head.ts';
import { acceptedEncoding } from './compression.ts';
import type { Engine } from './engine.ts';
import { fromEngine } from './exceptions.ts';
import type { PipePool } from './pipes.ts';
import { preludeOf } from './prelude.ts';
import { readStatement } from './request-body.ts';
import { startStatement } from './run-statement.ts';
import type { RunningQueries } from './running-queries.ts';
import { queryMarker } from './system-processes.ts';
import { authenticate, type User } from './users.ts';

export interface Front {
  engine: Engine;
  queries: RunningQueries;
  pipes: PipePool;
  users: readonly User[];
}

/** ClickHouse's `http_max_uri_size`. */
const MAX_URL_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

/**
 * ClickHouse's HTTP interface over the engine; the caller listens.
 *
 * What a real server has and this does not: sessions (`session_id` is ignored), external tables, `input()`, the native
 * block compression, progress headers, roles and grants, `system.query_log`, `http_send_timeout`. `SHOW PROCESSLIST`
 * shows the engine's own query ids; `SELECT … FROM system.processes` the callers'.
 */
export function createFront(front: Front): Server {
  const server = createServer(
    { maxHeaderSize: MAX_URL_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/ping' || url.pathname === '/replicas_status') response.end('Ok.\n');
      else if (url.pathname === '/') void answer(front, request, response, url);
      else response.writeHead(404).end(`There is no handle ${url.pathname}\n`);
    },
  );
  // A long upload or a slow reader is not an error here.
  server.requestTimeout = 0;
  return server;
}

async function answer(front: Front, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const parameters = url.searchParams;
  const queryId = parameters.get('query_id') || randomUUID();
  const header = (name: string) => request.headers[name]?.toString();
  const head: AnswerHead = {
    queryId,
    format: parameters.get('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated',
    encoding:
      parameters.get('enable_http_compression') === '1' ? acceptedEncoding(header('accept-encoding')) : undefined,
    waitForEnd: parameters.get('wait_end_of_query') === '1',
    versionTail: ` (version ${front.engine.version} (official build))`,
  };
  let end: (() => void) | undefined;
  try {
    const user = authenticate(request, url, front.users);
    const input = await readStatement(request, url);
    if (input === undefined) {
      response.end('Ok.\n');
      return;
    }
    const database = parameters.get('database') ?? header('x-clickhouse-database') ?? '';
    // Over GET ClickHouse lets nobody write.
    const readonly = user.readonly || request.method === 'GET';
    const given = [...parameters, ...input.formParameters];
    const comment = given.findLast(([name]) => name === 'log_comment')?.[1] ?? '';
    const marked: Array<[string, string]> = [...given, ['log_comment', queryMarker(queryId) + comment]];
    const prelude = preludeOf(marked, database, readonly);
    const admitted = front.queries.begin(queryId, { unlimited: input.statement.kind === 'kill' });
    end = admitted.end;
    const { query } = admitted;
    response.once('close', () => {
      if (!response.writableFinished) void front.queries.cancel(query);
    });
    const started = startStatement({ ...front, query, prelude, input, defaultFormat: head.format });
    started.outcome.then(end, end);
    await sendResult(response, { ...head, format: started.format }, started.rows, started.outcome);
  } catch (error) {
    end?.();
    await sendException(response, head, fromEngine(error));
  }
}
