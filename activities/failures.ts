/** The one place where errors become what Temporal records and people read. Only our own words and error codes leave an activity. */
import { randomBytes } from 'node:crypto';
import { ApplicationFailure, CancelledFailure, type Logger } from '@temporalio/common';
import { FAILURES, type Failure } from '../shared/failures.ts';
import { SealError } from '../shared/sealed.ts';
import { ExportError } from './export-error.ts';

/**
 * Turns any error into an `ApplicationFailure` whose type is a `FailureType` and whose only detail is the `Failure`.
 * A cancellation and what already is an `ApplicationFailure` stay as they are.
 *
 * @param log gets a trace of errors that nobody foresaw; their texts, which may quote rows or signed URLs, only at level debug
 */
export function toApplicationFailure(error: unknown, log: Logger): ApplicationFailure | CancelledFailure {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const retryAfterMs = error instanceof ExportError ? error.retryAfterMs : undefined;
  const failure = describeFailure(error, log);
  return ApplicationFailure.create({
    message: [failure.message, failure.remedy]
      .filter((text) => text !== '')
      .map(sentence)
      .join(' '),
    type: failure.type,
    nonRetryable: !FAILURES[failure.type].retryable,
    details: [failure],
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What people see of an error. */
export function describeFailure(error: unknown, log: Logger): Failure {
  if (error instanceof ExportError) {
    logCause(error.cause, log, { failure: error.type });
    return { type: error.type, message: error.message, remedy: error.remedy };
  }
  if (error instanceof SealError) return { type: 'ConfigInvalid', message: error.message, remedy: '' };
  const incident = randomBytes(4).toString('hex');
  logCause(error, log, { incident });
  return {
    type: 'Unexpected',
    message: `Something went wrong that we did not foresee (${kindOf(error)}, incident ${incident}).`,
    remedy: `It is tried again. If it stays, look for the incident in the worker's log.`,
  };
}

/** Name and code of an error: both come from programs, never from data. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && /^[A-Za-z0-9_]{1,40}$/.test(String(error.code)) ? ` ${String(error.code)}` : '';
  return `${/^\w{1,60}$/.test(error.name) ? error.name : 'Error'}${code}`;
}

function logCause(error: unknown, log: Logger, attributes: Record<string, string>): void {
  if (error === undefined) return;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const level = 'incident' in attributes ? 'ERROR' : 'DEBUG';
  log.log(level, `Activity failed: ${kindOf(error)}`, { ...attributes, frames });
  const text = error instanceof Error ? error.message : String(error);
  log.debug('The text of that error', { ...attributes, text: text.slice(0, 500) });
}
