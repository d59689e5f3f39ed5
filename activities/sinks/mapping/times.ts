/** Times of rows, as the vendors take them. */
import type { Rejection } from '../event-sink.ts';

const HOUR = 3_600_000;

export interface TimeRange {
  /** Earliest time, epoch ms. */
  from: number;
  /** How far in the future a time may lie, ms. */
  ahead: number;
  /** What the vendor calls the field. */
  field: string;
}

/**
 * 1970: PostHog tells duplicates by the day, of a type that begins there. What lies more than 23 h in the future it moves back, without
 * saying so.
 */
export const POSTHOG_TIMES: TimeRange = { from: 0, ahead: 23 * HOUR, field: 'timestamp' };
/** Mixpanel's import refuses what is older than 1971 or more than an hour ahead. */
export const MIXPANEL_TIMES: TimeRange = { from: Date.UTC(1971, 0, 1), ahead: HOUR, field: 'time' };

/** Epoch ms, microseconds cut off, of ISO text in UTC; undefined for anything else. */
export function epochMs(text: string): number | undefined {
  // Without the Z it would be read in the time zone of the machine.
  if (!text.endsWith('Z')) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** The time of an event, epoch ms, from the ISO text of its row; or why it cannot be sent at the time `now`. */
export function timeOf(text: string, range: TimeRange, now: number): number | Rejection {
  const { from, ahead, field } = range;
  const time = epochMs(text);
  if (time === undefined) {
    return { reason: 'time_missing', field, message: 'The row has no readable time: correct it in the source.' };
  }
  if (time < from) {
    const since = new Date(from).toISOString().slice(0, 10);
    const message = `The destination takes no events from before ${since}: correct the time in the source.`;
    return { reason: 'time_too_old', field, message };
  }
  if (time > now + ahead) {
    const message = `The time lies more than ${ahead / HOUR} h ahead, which the destination does not take: replay the event later, or correct the clock that wrote it.`;
    return { reason: 'time_in_future', field, message };
  }
  return time;
}

/** Seconds of a duration in milliseconds; undefined without one, and for negative ones, which only clocks that disagree can make. */
export function seconds(milliseconds: number | null | undefined): number | undefined {
  return typeof milliseconds === 'number' && milliseconds >= 0 ? milliseconds / 1000 : undefined;
}

const RECENT = 48 * HOUR;

/** PostHog takes data older than 48 h apart, each batch within one UTC day: `recent`, or `historical/2026-03-01`. */
export function postHogBatchKey(time: number, timestamp: string, now: number): string {
  return now - time < RECENT ? 'recent' : `historical/${timestamp.slice(0, 10)}`;
}
