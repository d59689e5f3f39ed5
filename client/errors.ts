/** Everything that the client throws. Messages name the cause and what to do; they never hold secrets, and no error of Temporal's passes. */

/** What went wrong, for programs: stable, and easy to map to an HTTP status. */
export type ExportsErrorCode = 'invalid_config' | 'not_found' | 'refused' | 'no_worker' | 'unavailable';

/** Base of all errors of this client: `error instanceof ExportsError` tells them from bugs. */
export abstract class ExportsError extends Error {
  abstract readonly code: ExportsErrorCode;
}

/** One fault of what was given. */
export interface Issue {
  /** Dotted path inside the configuration (`destination.prefix`), or the name of another argument (`projectId`, `to`). */
  path: string;
  message: string;
}

/** What was given cannot be used; nothing was sent. Holds every fault that could be found at once, for a form to show at its fields. */
export class InvalidConfig extends ExportsError {
  override readonly name = 'InvalidConfig';
  readonly code = 'invalid_config';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ path, message }) => `${path}: ${message}`).join('; '));
    this.issues = issues;
  }
}

/** There is no such integration or batch export in that project: never made, deleted, or another project's. */
export class NotFound extends ExportsError {
  override readonly name = 'NotFound';
  readonly code = 'not_found';
}

/** The integration, or what is asked of a batch export, declines; the message says why. Nothing was changed. */
export class Refused extends ExportsError {
  override readonly name = 'Refused';
  readonly code = 'refused';
}

/** Temporal answers, but no worker does. What was asked may still happen when a worker starts soon; look at the state then. */
export class NoWorker extends ExportsError {
  override readonly name = 'NoWorker';
  readonly code = 'no_worker';
}

/** Temporal cannot be reached, is busy, or refuses this client. */
export class Unavailable extends ExportsError {
  override readonly name = 'Unavailable';
  readonly code = 'unavailable';
}
