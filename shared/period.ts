/** Periods: half-open windows `[start, end)` in UTC, aligned to the clock. All instants are epoch milliseconds. */

/** The frequencies that people choose; `every_N_seconds` is for tests and trials, the forms do not offer it. */
export const FREQUENCIES = ['every_20_minutes', 'hourly', 'daily', 'weekly'] as const;
export type Frequency = (typeof FREQUENCIES)[number] | `every_${number}_seconds`;

/** True for the offered frequencies, and for every 1 to 1200 seconds where a day is a multiple of them. */
export function isFrequency(value: unknown): value is Frequency {
  if (typeof value !== 'string') return false;
  if (FREQUENCIES.some((known) => known === value)) return true;
  const seconds = Number(/^every_([1-9]\d{0,3})_seconds$/.exec(value)?.[1]);
  return seconds <= 1_200 && 86_400 % seconds === 0;
}

/** The time column that a period cuts on: event time in backfill, `updated_at` when live. */
export type Axis = 'event' | 'updated';

/** How the clock is cut. `utcOffsetMinutes` moves the start of days and weeks (+330 = midnight in India); shorter frequencies ignore it. */
export interface Cadence {
  frequency: Frequency;
  utcOffsetMinutes: number;
}

export interface Period {
  start: number;
  end: number;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** ISO weeks begin on Monday; 1970-01-05 was the first Monday of the epoch. */
const FIRST_MONDAY = 4 * DAY;

/** Length of one period in milliseconds. */
export function lengthOf(frequency: Frequency): number {
  switch (frequency) {
    case 'every_20_minutes':
      return 20 * MINUTE;
    case 'hourly':
      return HOUR;
    case 'daily':
      return DAY;
    case 'weekly':
      return WEEK;
    default: {
      const seconds = Number(frequency.slice('every_'.length, -'_seconds'.length));
      return seconds * SECOND;
    }
  }
}

/** The cadence as arithmetic: every bound is `anchor + n × length`. */
export function stepsOf(cadence: Cadence): { anchor: number; length: number } {
  const length = lengthOf(cadence.frequency);
  const offset = length >= DAY ? cadence.utcOffsetMinutes * MINUTE : 0;
  const anchor = (cadence.frequency === 'weekly' ? FIRST_MONDAY : 0) - offset;
  return { anchor, length };
}

/** The last bound at or before `instant`. */
export function floorTo(cadence: Cadence, instant: number): number {
  const { anchor, length } = stepsOf(cadence);
  return anchor + Math.floor((instant - anchor) / length) * length;
}

/** The first bound at or after `instant`. */
export function ceilTo(cadence: Cadence, instant: number): number {
  const { anchor, length } = stepsOf(cadence);
  return anchor + Math.ceil((instant - anchor) / length) * length;
}

/** `2026-03-01T10:00:00.000Z`: the form in which instants stand in ids, keys, manifests and activity inputs. */
export function iso(instant: number): string {
  return new Date(instant).toISOString();
}
