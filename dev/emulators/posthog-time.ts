import type { SentEvent } from './posthog-rules.ts';

const MS_OF_AN_HOUR = 3_600_000;
const MAX_FUTURE_MS = 23 * MS_OF_AN_HOUR;
export const MS_OF_A_DAY = 24 * MS_OF_AN_HOUR;

/** The time that PostHog gives an event, and why it is another one than was sent. */
export interface StoredTime {
  /** Epoch ms. */
  time: number;
  changed: 'timestamp_missing' | 'timestamp_unreadable' | 'timestamp_in_future' | 'timestamp_skewed' | undefined;
}

/**
 * PostHog takes the difference between its clock and the batch's `sent_at` for the fault of the sender's clock and moves every event by
 * it, unless the event's properties hold `$ignore_sent_at: true` (its documentation, "Timestamps"). Whoever repeats a batch later sends
 * another `sent_at`, and near midnight the same event may get another day, and with it another key. Times more than 23 h ahead become now.
 * `sentAt` in epoch ms.
 */
export function storedTimeOf(
  { timestamp, properties }: SentEvent,
  sentAt: number | undefined,
  now: number,
): StoredTime {
  if (timestamp === undefined) return { time: now, changed: 'timestamp_missing' };
  const sent = Date.parse(timestamp);
  if (Number.isNaN(sent)) return { time: now, changed: 'timestamp_unreadable' };
  const skew = sentAt === undefined || properties.$ignore_sent_at === true ? 0 : now - sentAt;
  const time = sent + skew;
  if (time - now > MAX_FUTURE_MS) return { time: now, changed: 'timestamp_in_future' };
  return { time, changed: skew === 0 ? undefined : 'timestamp_skewed' };
}
