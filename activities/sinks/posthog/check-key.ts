/** Asks PostHog whether it knows a key: capture says success to every key, feature flags do not. */
import type { HttpClient } from '../http-request.ts';
import { answerError, keyError, type SinkPlace } from '../sink-failures.ts';
import { saysKeyIsInvalid } from './posthog-answers.ts';

export interface KeyCheck {
  origin: URL;
  apiKey: string;
  place: SinkPlace;
  http: HttpClient;
  signal: AbortSignal;
}

/**
 * Resolves when PostHog accepts the key, and when it cannot be told: flags may be switched off, limited, or absent at a PostHog of one's
 * own. Nothing is left behind: evaluating flags writes neither events nor persons.
 * @throws ExportError DestinationDenied when the answer is a clear refusal
 */
export async function checkPostHogKey({ origin, apiKey, place, http, signal }: KeyCheck): Promise<void> {
  const answer = await http
    .ask({
      method: 'POST',
      url: new URL('/flags/?v=2', origin),
      body: JSON.stringify({ api_key: apiKey, distinct_id: 'event-exports-connection-test', geoip_disable: true }),
      signal,
    })
    .catch(() => undefined);
  if (answer === undefined) return;
  if (answer.status === 401 || answer.status === 403) throw answerError(answer, place, Date.now());
  if (saysKeyIsInvalid(answer)) throw keyError(place, answer.status);
}
