import type { FailureType } from '../shared/failures.ts';

/**
 * A fault with a name, an explanation and a remedy: what sources and destinations throw. The activity's border turns it into an
 * `ApplicationFailure`. Message and remedy are our own words and hold no row values, signed URLs or secrets; `cause` may, so it
 * is for the debug log and never leaves the process.
 */
export class ExportError extends Error {
  readonly type: FailureType;
  /** What the reader can do about it, one or two sentences. */
  readonly remedy: string;
  /** How long the other side asked us to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    type: FailureType,
    message: string,
    remedy: string,
    options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ExportError';
    this.type = type;
    this.remedy = remedy;
    this.retryAfterMs = options.retryAfterMs;
  }
}
