import { ApplicationFailure, rootCause, TemporalFailure, TimeoutFailure } from '@temporalio/workflow';
import { FAILURES, type Failure, isFailureType } from '../shared/failures.ts';

/** What stands in the details of an `ApplicationFailure` of ours. */
export interface FailureDetails extends Failure {
  /** Part names that may have been left in the bucket. */
  leftover?: string[];
  /** Smallest part that was too large for one query. */
  tooLargeBytes?: number;
}

/**
 * Our failure inside a chain of activity and child workflow failures.
 * @param next what comes after it, as it ends a remedy
 */
export function failureOf(error: unknown, next = 'the period is tried again'): FailureDetails {
  for (let cause = error; cause instanceof TemporalFailure; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
      const [details] = cause.details ?? [];
      return isDetails(details) ? details : { type: cause.type, message: cause.message, remedy: '' };
    }
    if (cause instanceof TimeoutFailure) {
      return {
        type: 'Unexpected',
        message: `No answer from the worker in time (${cause.timeoutType}).`,
        remedy: `See whether workers are running and have room; ${next}.`,
      };
    }
  }
  return {
    type: 'Unexpected',
    message: rootCause(error) ?? 'Unknown error',
    remedy: `See the history of the workflow that failed; ${next}.`,
  };
}

/** Ends a workflow with a failure that its parent can read. Only the outermost error counts, so nothing is wrapped. */
export function toApplicationFailure(details: FailureDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type: details.type,
    message: details.remedy === '' ? details.message : `${details.message} ${details.remedy}`,
    nonRetryable: !FAILURES[details.type].retryable,
    details: [details],
  });
}

function isDetails(value: unknown): value is FailureDetails {
  if (typeof value !== 'object' || value === null || !('type' in value && 'message' in value && 'remedy' in value))
    return false;
  return isFailureType(String(value.type)) && typeof value.message === 'string' && typeof value.remedy === 'string';
}
