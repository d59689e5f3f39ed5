import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type AnswerHead, exceptionTag, headersOf, summaryOf } from './answer-head.ts';
import { compressed } from './compression.ts';
import type { EngineResult } from './engine.ts';
import { type ClickHouseException, fromEngine, httpStatusOf } from './exceptions.ts';

/**
 * ClickHouse sends nothing before its buffer of this size is full, so that early errors get an HTTP status. The front
 * does the same, but lets a trickle go after a second.
 */
const HELD_BYTES = 1024 * 1024;
const HELD_MS = 1000;
/** `wait_end_of_query` holds an answer in memory, up to this size. */
const HELD_BYTES_AT_MOST = 256 * 1024 * 1024;

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
    response.writeHead(200, { ...headersOf(head, tag), 'X-ClickHouse-Summary': summaryOf(result) });
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
    // Not corked: Node 24 loses all but the first of several chunks that are written and ended under one cork.
    begin(result).end();
  } catch (error) {
    clearTimeout(timer);
    const exception = fromEngine(error);
    if (sink === undefined) await sendException(response, head, exception, tag);
    else await breakOff(response, sink, tag, exception.message + head.versionTail);
  }
}

/** Answers with an error's status, number and text. */
export async function sendException(
  response: ServerResponse,
  head: AnswerHead,
  exception: ClickHouseException,
  tag = exceptionTag(),
): Promise<void> {
  await readRest(response.req);
  if (response.headersSent || response.destroyed) return;
  response.writeHead(httpStatusOf(exception.code), {
    ...headersOf({ ...head, encoding: undefined }, tag),
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(exception.code),
  });
  response.end(`${exception.message}${head.versionTail}\n`);
}

/**
 * Reads an upload that nobody wants any more to its end: a client that is still sending may not see an answer before.
 * One that does not end is not waited for longer than this.
 */
const REST_MS = 5000;
async function readRest(request: IncomingMessage): Promise<void> {
  if (request.complete) return;
  request.unpipe();
  // What is left of an iterator would keep the stream from flowing.
  request.removeAllListeners('readable');
  request.resume();
  await Promise.race([once(request, 'close'), once(request, 'end'), delay(REST_MS, undefined, { ref: false })]).catch(
    () => undefined,
  );
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
