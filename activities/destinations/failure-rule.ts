import type { FailureType } from '../../shared/failures.ts';
import type { ErrorFacts } from './error-facts.ts';

/** Where the error came from, as configured: safe to show. */
export interface FailurePlace {
  bucket: string;
  region: string;
  /** Host of the endpoint; absent for Amazon S3. */
  host?: string | undefined;
}

type Text = string | ((place: FailurePlace, facts: ErrorFacts) => string);

export interface FailureRule {
  codes?: readonly string[];
  statuses?: readonly number[];
  /** Words in the server's message, where it has one code for many faults. Needs a fitting code or status as well. */
  words?: RegExp;
  type: FailureType;
  message: Text;
  remedy: Text;
}

/** The server, as people know it. */
export function serverOf({ host }: FailurePlace): string {
  return host ?? 'Amazon S3';
}
