/** The same request again, with growing pauses, until the vendor has decided or patience ends. */
import { ExportError } from '../export-error.ts';
import type { SendOptions } from './event-sink.ts';
import type { Clock } from './pauses.ts';
import type { Decision, Verdict } from './verdict.ts';

export interface BackOffRules {
  /** The first pause; each further one is twice as long. */
  firstMs: number;
  longestMs: number;
  /** Added to each pause: evenly distributed between the two. */
  jitterMs: readonly [least: number, most: number];
  /** Whether the vendor's own wish comes before these pauses. */
  heedRetryAfter: boolean;
}

/** Mixpanel's advice, which sends no Retry-After: https://developer.mixpanel.com/reference/import-events#rate-limits */
export const MIXPANEL_BACK_OFF: BackOffRules = {
  firstMs: 2_000,
  longestMs: 60_000,
  jitterMs: [1_000, 5_000],
  heedRetryAfter: false,
};

export const POSTHOG_BACK_OFF: BackOffRules = {
  firstMs: 1_000,
  longestMs: 60_000,
  jitterMs: [0, 0],
  heedRetryAfter: true,
};

export interface BackOffOptions extends SendOptions {
  rules: BackOffRules;
  clock: Clock;
  /** How long the vendor may take no decision, requests and pauses together, before we give up. Default: five minutes. */
  patienceMs?: number | undefined;
}

const PATIENCE_MS = 5 * 60_000;

/**
 * @param beforeEach whatever must be waited for before each request; does not use up patience
 * @throws ExportError `DestinationBusy` (that of the last verdict) when patience ends, or would end in the pause; the signal's reason
 */
export async function untilDecided(
  request: () => Promise<Verdict>,
  beforeEach: () => Promise<void>,
  { rules, clock, patienceMs = PATIENCE_MS, signal, onWait }: BackOffOptions,
): Promise<Decision> {
  let spentMs = 0;
  for (let failures = 0; ; failures++) {
    await beforeEach();
    signal.throwIfAborted();
    const begun = clock.now();
    const verdict = await request();
    if (verdict.kind !== 'again') return verdict;

    const pause = pauseMs(rules, failures, verdict.error.retryAfterMs);
    spentMs += Math.max(0, clock.now() - begun) + pause;
    if (spentMs > patienceMs) throw givenUp(verdict.error);
    onWait?.({ milliseconds: pause, status: verdict.status });
    await clock.sleep(pause, signal);
  }
}

/** @param failures how many requests have failed before this one, from 0 */
export function pauseMs(rules: BackOffRules, failures: number, retryAfterMs: number | undefined): number {
  if (rules.heedRetryAfter && retryAfterMs !== undefined) return retryAfterMs;
  const [least, most] = rules.jitterMs;
  const doubled = Math.min(rules.longestMs, rules.firstMs * 2 ** failures);
  return Math.round(doubled + least + Math.random() * (most - least));
}

/** Whatever the last answer was, waiting longer is all that can be done. */
function givenUp({ message, remedy, cause, retryAfterMs }: ExportError): ExportError {
  return new ExportError('DestinationBusy', message, remedy, { cause, retryAfterMs });
}
