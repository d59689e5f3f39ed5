/** What PostHog's answers to a batch mean: https://posthog.com/docs/api/capture */
import { z } from 'zod';
import type { Rejection } from '../event-sink.ts';
import type { HttpAnswer } from '../http-request.ts';
import { answerError, isOverQuota, keyError, otherServerError, quotaError, type SinkPlace } from '../sink-failures.ts';
import type { Verdict } from '../verdict.ts';

const REFUSED: Rejection = {
  reason: 'refused',
  field: '',
  message: 'PostHog did not accept this event, even on its own. Look at its name, user id, time and properties.',
};

const REFUSED_FOR_TIME: Rejection = {
  reason: 'refused',
  field: 'timestamp',
  message: "PostHog did not accept the event's time. Check the clock of the application that wrote it.",
};

export const TOO_LARGE: Rejection = {
  reason: 'too_large',
  field: '',
  message:
    'The event is larger than PostHog takes. Shorten its input, output or metadata, or leave input and output out.',
};

/** @param now epoch ms */
export function judgePostHogAnswer(answer: HttpAnswer, place: SinkPlace, now: number): Verdict {
  const { status } = answer;
  if (status >= 200 && status <= 299) return judgeSuccess(answer, place);
  const error = answerError(answer, place, now);
  if (isOverQuota(answer, place) || status < 400) return { kind: 'failed', error };
  if (status === 413) return { kind: 'halve', status, alone: TOO_LARGE };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'again', status, error };
  if (saysKeyIsInvalid(answer)) return { kind: 'failed', error: keyError(place, status) };
  if (error.type === 'DestinationDenied' || error.type === 'ConfigInvalid') return { kind: 'failed', error };
  // One malformed event makes PostHog refuse the whole batch.
  return { kind: 'halve', status, alone: /timestamp/i.test(answer.text) ? REFUSED_FOR_TIME : REFUSED };
}

const refusalBody = z.object({
  code: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
});

/** True for the body that PostHog's documentation gives for a key it does not know. Codes only: texts may quote what was sent. */
export function saysKeyIsInvalid({ status, text }: HttpAnswer): boolean {
  const body = refusalBody.safeParse(jsonOf(text));
  if (status < 400 || status > 499 || !body.success) return false;
  return body.data.code === 'invalid_api_key' || body.data.type === 'authentication_error';
}

const successBody = z.object({ quota_limited: z.array(z.string()).optional() });

function judgeSuccess({ status, headers, text }: HttpAnswer, place: SinkPlace): Verdict {
  // A web page that answers everything with success would swallow events.
  if (headers['content-type']?.includes('text/html')) {
    return { kind: 'failed', error: otherServerError(place, status) };
  }
  // Over its billing limit PostHog says success and drops the events; libraries are told by this field.
  const body = successBody.safeParse(jsonOf(text));
  const limited = body.success && body.data.quota_limited?.some((resource) => /event/i.test(resource));
  return limited === true ? { kind: 'failed', error: quotaError(place, status) } : { kind: 'delivered', refused: [] };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
