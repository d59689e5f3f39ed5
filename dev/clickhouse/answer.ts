import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import type { EngineResult } from './engine.ts';
import { type ClickHouseException, fromEngine, httpStatusOf } from './exceptions.ts';

/** What is known of an answer before its first byte. */
export interface AnswerHead {
  queryId: string;
  format: string;
  /** Content encoding to use, from `acceptedEncoding`. */
  encoding: Encoding | undefined;
  /** Whether the whole answer is waited for, so that an error still gets an HTTP status (`wait_end_of_query=1`). */
  waitForEnd: boolean;
  /** ` (version …)`, as ClickHouse ends its messages. */
  versionTail: string;
}

/**
 * ClickHouse sends nothing before its buffer of this size is full, so that early errors get an HTTP status. The front
 * does the same, but lets a trickle go after a second.
 */
const HELD_BYTES = 1024 * 1024;
const HELD_MS = 1000;
/** `wait_end_of_query` holds an answer in memory, up to this size. */
const HELD_BYTES_AT_MOST = 256 * 1024 * 1024;

const COMPRESSORS = {
  gzip: () => createGzip({ level: 1 }),
  zstd: () => createZstdCompress(),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  deflate: () => createDeflate({ level: 1 }),
};
export type Encoding = keyof typeof COMPRESSORS;

/** The encoding that the client accepts and the front knows, in the client's order. */
export function acceptedEncoding(header: string | undefined): Encoding | undefined {
  const offered = (header ?? '').split(',').map((part) => part.split(';')[0]?.trim());
  return offered.flatMap((name) => (isEncoding(name) ? [name] : []))[0];
}

function isEncoding(name: string | undefined): name is Encoding {
  return name !== undefined && name in COMPRESSORS;
}

/**
 * Passes a result on, byte for byte and with back-pressure. `outcome` tells how the statement ended; only then is the
 * answer complete. An error before the first byte becomes an HTTP status, a later one the exception block in the body.
 */
export async function sendResult(
  response: ServerResponse,
  head: AnswerHead,
  rows: AsyncIterable<Buffer>,
  outcome: Promise<EngineResult>,
): Promise<void> {
  const tag = exceptionTag();
  const holdAtMost = head.waitForEnd ? HELD_BYTES_AT_MOST : HELD_BYTES;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let sink: Writable | undefined;
  let timer: NodeJS.Timeout | undefined;

  const begin = (result?: EngineResult): Writable => {
    clearTimeout(timer);
    if (sink !== undefined) return sink;
    response.writeHead(200, { ...commonHeaders(head, tag), 'X-ClickHouse-Summary': summary(result) });
    sink = compressed(response, head.encoding);
    for (const chunk of held) sink.write(chunk);
    held = [];
    return sink;
  };

  try {
    for await (const chunk of rows) {
      if (sink === undefined) {
        held.push(chunk);
        heldBytes += chunk.length;
        if (!head.waitForEnd) timer ??= setTimeout(begin, HELD_MS);
        if (heldBytes < holdAtMost) continue;
        begin();
      } else if (!sink.write(chunk)) {
        await drained(sink, response);
      }
    }
    const result = await outcome;
    // Headers, rows and end of a small answer in one packet.
    response.cork();
    begin(result).end();
    response.uncork();
  } catch (error) {
    clearTimeout(timer);
    const exception = fromEngine(error);
    if (sink === undefined) sendException(response, head, exception, tag);
    else await breakOff(response, sink, tag, exception.message + head.versionTail);
  }
}

/** Answers with an error's status, number and text. */
export function sendException(
  response: ServerResponse,
  head: AnswerHead,
  exception: ClickHouseException,
  tag = exceptionTag(),
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(httpStatusOf(exception.code), {
    ...commonHeaders({ ...head, encoding: undefined }, tag),
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(exception.code),
  });
  response.end(`${exception.message}${head.versionTail}\n`);
}

/**
 * Ends a body that has begun as ClickHouse ≥ 25.11 does: the exception block, then a cut connection instead of the last
 * chunk, so that also a client which does not know the block sees a failure.
 */
async function breakOff(response: ServerResponse, sink: Writable, tag: string, message: string): Promise<void> {
  const text = `${message}\n`;
  const length = Buffer.byteLength(text);
  const block = `\r\n__exception__\r\n${tag}\r\n${text}${length} ${tag}\r\n__exception__\r\n`;
  await new Promise<void>((resolve) => {
    sink.on('error', () => resolve());
    response.on('close', () => resolve());
    sink.write(block, () => resolve());
  });
  if ('flush' in sink && 'readableLength' in sink && typeof sink.flush === 'function') {
    const flush: (done: () => void) => void = sink.flush.bind(sink);
    await new Promise<void>((resolve) => flush(resolve));
    while (sink.readableLength !== 0 && !response.destroyed) await delay(1);
  }
  response.socket?.destroySoon();
}

function compressed(response: ServerResponse, encoding: Encoding | undefined): Writable {
  if (encoding === undefined) return response;
  const compressor = COMPRESSORS[encoding]();
  compressor.pipe(response);
  response.on('close', () => compressor.destroy());
  return compressor;
}

async function drained(sink: Writable, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  const stop = () => closed.abort();
  response.once('close', stop);
  try {
    if (!response.destroyed) await once(sink, 'drain', { signal: closed.signal });
  } catch {
    // The client went away; the statement is being cancelled and tells so itself.
  } finally {
    response.off('close', stop);
  }
}

function commonHeaders(head: AnswerHead, tag: string): Record<string, string> {
  return {
    'Content-Type': contentTypeOf(head.format),
    ...(head.encoding === undefined ? {} : { 'Content-Encoding': head.encoding }),
    'X-ClickHouse-Server-Display-Name': 'event-exports-embedded',
    'X-ClickHouse-Query-Id': head.queryId,
    'X-ClickHouse-Format': head.format,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Exception-Tag': tag,
  };
}

function contentTypeOf(format: string): string {
  if (/^CSV/.test(format)) return 'text/csv; charset=UTF-8';
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^JSON.*EachRow/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (/^JSON/.test(format)) return 'application/json; charset=UTF-8';
  if (/^(Parquet|Arrow|ORC|Native|RowBinary|Avro|MsgPack)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

/** Only what the engine reports; what it does not is 0. */
function summary(result: EngineResult | undefined): string {
  return JSON.stringify({
    read_rows: '0',
    read_bytes: '0',
    written_rows: String(result?.writtenRows ?? 0),
    written_bytes: String(result?.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(result?.rows ?? 0),
    result_bytes: '0',
    elapsed_ns: '0',
  });
}

function exceptionTag(): string {
  return Array.from(randomBytes(16), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
