import { Transform, type TransformCallback } from 'node:stream';
import type { Format } from '../../shared/config/integration.ts';
import { endsLike, LONGEST_BLOCK, messageInTail } from './exception-block.ts';

export interface ExceptionStreamOptions {
  format: Format;
  /** Header `X-ClickHouse-Exception-Tag`; servers before 25.11 have none. */
  tag: string | undefined;
  /** Bytes to write before the first row. */
  head?: Buffer;
  /** Turns what went wrong into the error that the reader gets. `longestStallMs`: how long the reader once let the rows wait. */
  toFailure: (cause: unknown, longestStallMs: number) => unknown;
  /** Called once when the stream is given up while the query may still run; awaited. */
  onBroken: () => Promise<void>;
}

/** The body ended, but not where its format ends. */
export class CutBodyError extends Error {}

/**
 * Passes a body through and fails where it ends with a server's exception, or is cut. The last bytes are held back until the end is
 * known, so no byte of an exception gets out.
 */
export class ExceptionStream extends Transform {
  readonly #options: ExceptionStreamOptions;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #totalBytes = 0;
  #complete = false;
  #cause: Error | undefined;
  /** The server said itself that the query has ended. */
  #queryEnded = false;
  #stalledAt: number | undefined;
  #longestStallMs = 0;

  constructor(options: ExceptionStreamOptions) {
    super({ highWaterMark: 1024 * 1024 });
    this.#options = options;
    if (options.head) this.push(options.head);
  }

  /** The connection broke: takes the last bytes that came, and fails behind them, with the server's reason if it stands there. */
  endBroken(cause: Error, rest: Buffer | null): void {
    if (this.destroyed || this.writableEnded) return;
    this.#cause = cause;
    this.end(rest ?? undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#totalBytes += chunk.length;
    while (this.#heldBytes - (this.#held[0]?.length ?? 0) >= LONGEST_BLOCK) {
      const first = this.#held.shift();
      if (first === undefined) break;
      this.#heldBytes -= first.length;
      if (!this.push(first)) this.#stalledAt ??= Date.now();
    }
    callback();
  }

  override _read(size: number): void {
    if (this.#stalledAt !== undefined)
      this.#longestStallMs = Math.max(this.#longestStallMs, Date.now() - this.#stalledAt);
    this.#stalledAt = undefined;
    super._read(size);
  }

  override _flush(callback: TransformCallback): void {
    const tail = Buffer.concat(this.#held);
    const message = messageInTail(tail, this.#options.tag);
    this.#queryEnded = message !== undefined;
    if (message !== undefined) {
      callback(new Error(message));
    } else if (this.#cause) {
      callback(this.#cause);
    } else if (!endsLike(this.#options.format, tail, this.#totalBytes)) {
      callback(new CutBodyError('body cut short'));
    } else {
      this.#complete = true;
      callback(null, tail);
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const failure = error === null || this.#complete ? error : this.#options.toFailure(error, this.#longestStallMs);
    const done = () => {
      callback(failure === null || failure instanceof Error ? failure : new Error(String(failure)));
    };
    if (this.#complete || this.#queryEnded) done();
    else this.#options.onBroken().then(done, done);
  }
}
