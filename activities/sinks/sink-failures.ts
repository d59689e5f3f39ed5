/** What statuses of vendors and faults of the network mean: the one table, with our own words. Nothing of the vendor's text goes on. */
import type { FailureType } from '../../shared/failures.ts';
import { refusedError } from '../destinations/destination-failures.ts';
import { factsOf } from '../destinations/error-facts.ts';
import { NETWORK_RULES } from '../destinations/failure-rules-network.ts';
import { NetworkRefusedError } from '../destinations/network-guard.ts';
import { ExportError } from '../export-error.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { HttpAnswer } from './http-request.ts';

/** Where we send to; safe to show. */
export interface SinkPlace {
  vendor: 'PostHog' | 'Mixpanel';
  /** With port, where it is not the usual one. */
  host: string;
}

interface Meaning {
  type: FailureType;
  message: (place: SinkPlace) => string;
  remedy: (place: SinkPlace) => string;
}

interface StatusRule extends Meaning {
  /** From and to, both included. */
  statuses: readonly [number, number];
  vendor?: SinkPlace['vendor'];
  /** Words in the vendor's answer, where a status has several meanings. Searched, never shown. */
  words?: RegExp;
}

const KEY_REMEDY = {
  PostHog: 'Check the project API key (it begins with "phc_"), the region, and that the project still exists.',
  Mixpanel:
    'Check the project token or the service account with its secret and project id, its role (Owner or Admin), and the region.',
} as const;

const QUOTA: Meaning = {
  type: 'DestinationBusy',
  message: ({ vendor }) => `The quota of events of the ${vendor} project is used up`,
  remedy: ({ vendor }) =>
    `Raise the plan or the billing limit at ${vendor}, or wait for the next billing period; the export then goes on by itself.`,
};

const UNKNOWN_KEY: Meaning = {
  type: 'DestinationDenied',
  message: ({ vendor }) => `${vendor} does not accept the key`,
  remedy: ({ vendor }) => KEY_REMEDY[vendor],
};

const OTHER_SERVER: Meaning = {
  type: 'ConfigInvalid',
  message: ({ host, vendor }) => `${host} does not take events as ${vendor} does`,
  remedy: ({ vendor }) => `Check the host: it must be the address to which ${vendor}'s own libraries send.`,
};

const QUOTA_RULES: readonly StatusRule[] = [
  { statuses: [402, 402], ...QUOTA },
  // Mixpanel's 429 may speak of a quota too, but means events a minute.
  { statuses: [429, 429], vendor: 'PostHog', words: /billing|quota/i, ...QUOTA },
];

/** The first rule that fits decides. */
const STATUS_RULES: readonly StatusRule[] = [
  ...QUOTA_RULES,
  { statuses: [401, 401], ...UNKNOWN_KEY },
  {
    statuses: [403, 403],
    type: 'DestinationDenied',
    message: ({ vendor }) => `${vendor} does not let this key send events`,
    remedy: ({ vendor }) => KEY_REMEDY[vendor],
  },
  {
    statuses: [300, 399],
    type: 'ConfigInvalid',
    message: ({ host }) => `${host} sends requests on to another address, which is not followed`,
    remedy: ({ vendor }) =>
      `Choose the region in which the ${vendor} project is, or enter the vendor's own address as host.`,
  },
  { statuses: [404, 405], ...OTHER_SERVER },
  {
    statuses: [408, 408],
    type: 'DestinationBusy',
    message: ({ host }) => `${host} has waited too long for the request`,
    remedy: () => 'Nothing to do unless it stays: then look at the connection between the worker and the vendor.',
  },
  {
    statuses: [429, 429],
    type: 'DestinationBusy',
    message: ({ vendor }) => `${vendor} asks to slow down`,
    remedy: () =>
      'Nothing to do: we send more slowly. If it stays, set fewer events a second, or look for what else sends to the project.',
  },
  {
    statuses: [500, 599],
    type: 'DestinationBusy',
    message: ({ host }) => `${host} has a fault of its own`,
    remedy: ({ vendor }) => `Nothing to do unless it stays: then look at the status page of ${vendor}.`,
  },
];

const UNFORESEEN: Meaning = {
  type: 'Unexpected',
  message: ({ vendor }) => `${vendor} gave an unforeseen answer`,
  remedy: ({ vendor }) => `It is tried again. If it stays, look for proxies between the worker and ${vendor}.`,
};

/** For answers whose status alone does not say it. */
export function quotaError(place: SinkPlace, status: number): ExportError {
  return errorOf(QUOTA, place, status);
}

/** As `quotaError`. */
export function keyError(place: SinkPlace, status: number): ExportError {
  return errorOf(UNKNOWN_KEY, place, status);
}

/** As `quotaError`. */
export function otherServerError(place: SinkPlace, status: number): ExportError {
  return errorOf(OTHER_SERVER, place, status);
}

/** True when the vendor says that no event will be taken before somebody raises a limit: waiting for minutes does not help. */
export function isOverQuota(answer: HttpAnswer, place: SinkPlace): boolean {
  return QUOTA_RULES.some((rule) => fits(rule, answer, place));
}

/**
 * What a status other than success means for the whole destination.
 * @param now epoch ms, for a Retry-After that is a date
 */
export function answerError(answer: HttpAnswer, place: SinkPlace, now: number): ExportError {
  const rule = STATUS_RULES.find((candidate) => fits(candidate, answer, place)) ?? UNFORESEEN;
  return errorOf(rule, place, answer.status, retryAfterMs(answer.headers['retry-after'], now));
}

/** What it means that there was no answer: faults of the network, of TLS, or the operator's policy. */
export function networkError(error: unknown, { vendor, host }: SinkPlace): ExportError {
  if (error instanceof ExportError) return error;
  if (error instanceof NetworkRefusedError) return refusedError(error);
  const facts = factsOf(error);
  const { code } = facts;
  const cause = new Error(code);
  const rule = NETWORK_RULES.find(({ codes }) => codes?.includes(code));
  if (rule === undefined) {
    return new ExportError(
      'Unexpected',
      `An unforeseen fault on the way to ${host} (${code})`,
      "It is tried again. If it stays, the worker's log has the details.",
      { cause },
    );
  }
  const place = { bucket: '', region: '', host };
  const message = typeof rule.message === 'string' ? rule.message : rule.message(place, facts);
  // What those rules advise for endpoints that do not answer is meant for storage servers.
  const remedy =
    rule.type === 'ConfigInvalid' && typeof rule.remedy === 'string'
      ? rule.remedy
      : `It is tried again. If it stays, check the host, and name server, firewall and proxy between the worker and ${vendor}.`;
  return new ExportError(rule.type, `${message} (${code})`, remedy, { cause });
}

function errorOf(
  { type, message, remedy }: Meaning,
  place: SinkPlace,
  status: number,
  retryAfter?: number,
): ExportError {
  return new ExportError(type, `${message(place)} (HTTP ${status})`, remedy(place), {
    cause: new Error(`HTTP status ${status}`),
    retryAfterMs: type === 'DestinationBusy' ? retryAfter : undefined,
  });
}

function fits({ statuses: [from, to], vendor, words }: StatusRule, { status, text }: HttpAnswer, place: SinkPlace) {
  return (
    status >= from &&
    status <= to &&
    (vendor === undefined || vendor === place.vendor) &&
    (words === undefined || words.test(text))
  );
}
