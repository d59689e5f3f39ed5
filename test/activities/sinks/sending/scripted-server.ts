/** A server on 127.0.0.1 that answers as a test says, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  method: string;
  /** With query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** Decompressed. */
  body: string;
}

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** A string goes as it is, anything else as JSON. */
  body?: unknown;
}

export type Reply =
  | ScriptedAnswer
  /** The connection is cut before the request's body was read. */
  | 'cut before reading'
  /** The connection is cut after the body was read, without an answer. */
  | 'cut after reading'
  /** The connection is cut in the middle of an answer with status 200. */
  | 'cut in the answer'
  /** Nothing is ever answered. */
  | 'silence';

export interface ScriptedServer {
  origin: string;
  /** Every request whose body was read, connection tests (HEAD) left out. */
  received: Received[];
  /** Resolves when so many requests have come, however they were answered. */
  requests(count: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param script what to answer to the nth request, from 0; 'cut before reading' is asked for without a body */
export async function startScriptedServer(
  script: (request: Received, index: number) => Reply | Promise<Reply>,
  { readBody = true }: { readBody?: boolean } = {},
): Promise<ScriptedServer> {
  const received: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let count = 0;

  const server = createServer(async (request, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(404).end();
      return;
    }
    const index = count++;
    const body = readBody ? await bodyOf(request) : '';
    const entry = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    if (readBody) received.push(entry);
    for (const { count: wanted, resolve } of waiting) if (count >= wanted) resolve();
    reply(await script(entry, index), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server.address());

  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    async requests(wanted) {
      if (count >= wanted) return;
      await new Promise<void>((resolve) => waiting.push({ count: wanted, resolve }));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(answer: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (answer === 'silence') return;
  if (answer === 'cut before reading' || answer === 'cut after reading') {
    request.socket.destroy();
    return;
  }
  if (answer === 'cut in the answer') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"status":', () => request.socket.destroy());
    return;
  }
  const { status = 200, headers = {}, body = {} } = answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
