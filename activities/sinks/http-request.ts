/**
 * HTTP as event sinks need it: one request, one answer, over agents that refuse forbidden addresses when they connect; redirects are
 * not followed. Not the global fetch: the one of Node 24 can end the process when a server hangs up in the middle of a request.
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { guardedAgents } from '../destinations/guarded-agents.ts';
import { assertUrlAllowed } from '../destinations/network-guard.ts';
import type { NetworkPolicy } from '../destinations/policy.ts';

export interface HttpRequest {
  method: 'HEAD' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  /** JSON text. */
  body?: string;
  /** The same as bytes, in its place. */
  bytes?: Buffer;
  /** Compresses the body with gzip. Level 1: twice as fast as the default, and vendors count bytes before compression. */
  gzip?: boolean;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body, at most 1 MB of it. */
  text: string;
}

export interface HttpClient {
  /**
   * Any status is an answer. Rejects with Node's error and its code when there is none (`ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`), with
   * NetworkRefusedError when the policy forbids the address, and with the signal's reason when aborted.
   */
  ask(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends idle connections, and cuts those in use. */
  close(): void;
}

export interface HttpOptions {
  /** For the whole exchange, from connecting to the end of the answer. Default: one minute. */
  timeoutMs?: number | undefined;
  /** Replaced in tests. */
  lookup?: LookupFunction | undefined;
}

const ANSWER_TIMEOUT_MS = 60_000;
/** Mixpanel's longest answer, 2,000 refused records, stays below it. */
const MAX_ANSWER_BYTES = 1_000_000;

const compress = promisify(gzip);
/** Node's own, and room for what is compressed of the usual body, in bytes. */
const LEAST_CHUNK = 16_384;
const MOST_CHUNK = 524_288;

export function createHttpClient(policy: NetworkPolicy, options: HttpOptions = {}): HttpClient {
  const { httpAgent, httpsAgent } = guardedAgents(policy, options.lookup);
  const timeoutMs = options.timeoutMs ?? ANSWER_TIMEOUT_MS;

  return {
    async ask(request) {
      // Nothing below holds the request itself, so that its body is gone once it is compressed.
      const { method, url, signal } = request;
      signal.throwIfAborted();
      assertUrlAllowed(url, policy);
      const { headers, payload } = await encode(request);
      signal.throwIfAborted();
      const [open, agent] = url.protocol === 'https:' ? [requestHttps, httpsAgent] : [requestHttp, httpAgent];
      const sent = open(url, { method, agent, headers });

      return new Promise<HttpAnswer>((resolve, reject) => {
        const settled = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
        };
        const fail = (error: unknown) => {
          settled();
          reject(error);
          sent.destroy();
        };
        const onAbort = () => fail(signal.reason);
        const timer = setTimeout(() => fail(noAnswer()), timeoutMs);
        signal.addEventListener('abort', onAbort, { once: true });
        // Stays after the answer: a connection that is cut later must not end the process.
        sent.on('error', fail);
        sent.on('response', (response) => {
          readText(response, (text) => {
            settled();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
          response.on('error', fail);
        });
        sent.end(payload);
      });
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

async function encode({ headers = {}, body, bytes, gzip: compressed }: HttpRequest) {
  const plain = bytes ?? (body === undefined ? undefined : Buffer.from(body));
  if (plain === undefined) return { headers, payload: undefined };
  const payload = compressed ? await compress(plain, { level: 1, chunkSize: chunkSizeOf(plain) }) : plain;
  return {
    payload,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(payload.length),
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
    },
  };
}

/** Events take less than a quarter of their length: in one piece, where each of Node's 16 kB would travel to another thread and back. */
function chunkSizeOf(body: Buffer): number {
  return Math.min(Math.max(Math.ceil(body.length / 4), LEAST_CHUNK), MOST_CHUNK);
}

/** Calls back once, at the end of the answer or when it is longer than anybody needs; never when the connection is cut before. */
function readText(response: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = () => done(Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8'));
  response.on('end', finish);
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= MAX_ANSWER_BYTES) return;
    response.removeAllListeners('data').removeListener('end', finish);
    finish();
    response.destroy();
  });
}

function noAnswer(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}
