/** Turns any error of a destination into an ExportError with our own words; nothing of the server's text goes on. */
import { ExportError } from '../export-error.ts';
import { type ErrorFacts, factsOf } from './error-facts.ts';
import type { FailurePlace, FailureRule } from './failure-rule.ts';
import { NETWORK_RULES } from './failure-rules-network.ts';
import { S3_RULES } from './failure-rules-s3.ts';
import { NetworkRefusedError } from './network-guard.ts';

/** An ExportError stays as it is. The `cause` holds code, status and request id only, so that it may be logged. */
export function toDestinationError(error: unknown, place: FailurePlace): ExportError {
  if (error instanceof ExportError) return error;
  if (error instanceof NetworkRefusedError) return refusedError(error);
  const facts = factsOf(error);
  const cause = describeFacts(facts);
  const rule = RULES.find((candidate) => fits(candidate, facts));
  if (rule === undefined) {
    return new ExportError(
      'Unexpected',
      `An unforeseen fault at ${place.host ?? 'Amazon S3'}${codeIn(facts)}`,
      "It is tried again. If it stays, the worker's log has the details.",
      { cause },
    );
  }
  const say = (text: FailureRule['message']) => (typeof text === 'string' ? text : text(place, facts));
  return new ExportError(rule.type, `${say(rule.message)}${codeIn(facts)}`, say(rule.remedy), {
    cause,
    retryAfterMs: rule.type === 'DestinationBusy' ? facts.retryAfterMs : undefined,
  });
}

/** The operator's network policy forbids the endpoint. */
export function refusedError({ reason }: NetworkRefusedError): ExportError {
  return reason === 'http'
    ? new ExportError(
        'ConfigInvalid',
        'The endpoint uses plain http, which this installation does not allow',
        'Use https, or ask the operator to allow http endpoints.',
      )
    : new ExportError(
        'ConfigInvalid',
        'The endpoint leads to a private, local or reserved network address, which this installation does not allow',
        'Use a public endpoint, or ask the operator to put the host on the list of allowed hosts.',
      );
}

/** Codes name the fault exactly, statuses only roughly: a status decides where no rule knows the code. */
function fits(rule: FailureRule, facts: ErrorFacts): boolean {
  if (rule.words !== undefined && !rule.words.test(facts.words)) return false;
  if (rule.codes?.includes(facts.code)) return true;
  return !knownCodes.has(facts.code) && facts.status !== undefined && (rule.statuses?.includes(facts.status) ?? false);
}

const RULES = [...NETWORK_RULES, ...S3_RULES];
const knownCodes = new Set(RULES.flatMap((rule) => rule.codes ?? []));

function codeIn({ code, status }: ErrorFacts): string {
  const parts = [code === 'Unknown' || code === 'Error' ? '' : code, status === undefined ? '' : `HTTP ${status}`];
  const text = parts.filter((part) => part !== '').join(', ');
  return text === '' ? '' : ` (${text})`;
}

function describeFacts({ code, status, requestId }: ErrorFacts): Error {
  const cause = new Error(`${code}, HTTP status ${status ?? 'none'}, request id ${requestId ?? 'none'}`);
  cause.name = 'DestinationFault';
  return cause;
}
