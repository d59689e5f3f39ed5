import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

export interface EmulatorRequest {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as it is; default: none. */
  body?: string | Buffer;
  /** Compresses the body. */
  gzip?: boolean;
}

export interface EmulatorAnswer {
  status: number;
  retryAfter: string | undefined;
  /** What the JSON of the answer holds; undefined for other text. */
  body: unknown;
  text: string;
}

/** One request over a connection of its own. Rejects with Node's error when the connection is closed without an answer. */
export function send(url: string, { method = 'POST', headers = {}, body = '', gzip = false }: EmulatorRequest = {}) {
  const bytes = gzip ? gzipSync(body) : Buffer.from(body);
  return new Promise<EmulatorAnswer>((resolve, reject) => {
    const outgoing = request(url, {
      method,
      agent: new Agent({ keepAlive: false }),
      headers: {
        'content-type': 'application/json',
        'content-length': bytes.length,
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      buffer(response).then((content) => {
        const text = content.toString('utf8');
        const body: unknown = response.headers['content-type'] === 'application/json' ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body, text });
      }, reject);
    });
    outgoing.end(bytes);
  });
}
