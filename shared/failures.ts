/** The names of everything that can go wrong with an export, as they stand in Temporal (`ApplicationFailure.type`) and in the console. */

export const FAILURES = {
  /** The configuration cannot work as it is: blocked until it is changed. */
  ConfigInvalid: { retryable: false },
  /** The destination refuses our credentials or rights: blocked, probed. */
  DestinationDenied: { retryable: false },
  /** The bucket, or what takes its place, does not exist: blocked, probed. */
  DestinationMissing: { retryable: false },
  /** The destination is slow, over quota, unreachable or has a fault of its own: tried again. */
  DestinationBusy: { retryable: true },
  /** ClickHouse has no room now, is unreachable, or a replica lags: tried again. */
  SourceOverloaded: { retryable: true },
  /** ClickHouse refuses us, or the table or a column is missing: blocked, probed. */
  SourceDenied: { retryable: false },
  /** One query needs more memory or time than it may have: the part is split; not retried as it is. */
  SourceTooLarge: { retryable: false },
  /** The rows delivered lie outside the counts before and after the stream. */
  CountMismatch: { retryable: false },
  /** Anything that we did not foresee. */
  Unexpected: { retryable: true },
} as const;

export type FailureType = keyof typeof FAILURES;

/** Failures that no other period would survive either: the integration is blocked until a probe passes. */
export const BLOCKING_FAILURES: readonly FailureType[] = [
  'ConfigInvalid',
  'DestinationDenied',
  'DestinationMissing',
  'SourceDenied',
];

/** A failure as people see it: what happened and what to do. Never holds row values, URLs with signatures, or secrets. */
export interface Failure {
  type: FailureType;
  message: string;
  remedy: string;
}

export function isFailureType(type: string | null | undefined): type is FailureType {
  return type !== null && type !== undefined && Object.hasOwn(FAILURES, type);
}
