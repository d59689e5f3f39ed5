import { HOUR } from './period.ts';
import { PeriodWindow } from './period-window.ts';
import type { TrackState, WorkItem } from './track.ts';

/** More holes than this, and nothing fresh is started: something is wrong with more than a few periods. */
export const MOST_HOLES = 50;

/** What decides when a live period may be read. */
export interface Timing {
  /** Milliseconds after a period's end before it is read. */
  settle: number;
  /** Fixed delay of this integration, so that not all start at the full hour. */
  jitter: number;
}

/** All tracks of an integration together: what to do next, and when there will be something to do. */
export class Schedule {
  readonly windows: PeriodWindow[];
  #timing: Timing;

  constructor(tracks: TrackState[], timing: Timing) {
    this.windows = tracks.map((track) => new PeriodWindow(track));
    this.#timing = timing;
  }

  set timing(timing: Timing) {
    this.#timing = timing;
  }

  /** Due live periods first, then holes whose time has come, then backfill and re-exports, then sweeps. */
  take(now: number, allow: { live: boolean; other: boolean; fresh: boolean }): WorkItem | undefined {
    const fresh = (purpose: TrackState['purpose'][]) => this.#first(purpose, (window) => window.take());
    if (allow.live && allow.fresh) {
      const item = fresh(['live']);
      if (item !== undefined) return item;
    }
    if (!allow.other) return undefined;
    const hole = this.#first(['live', 'backfill', 'reexport', 'sweep'], (window) => window.takeHole(now));
    if (hole !== undefined || !allow.fresh) return hole;
    return fresh(['backfill', 'reexport']) ?? fresh(['sweep']);
  }

  #first(
    purposes: TrackState['purpose'][],
    take: (window: PeriodWindow) => WorkItem | undefined,
  ): WorkItem | undefined {
    for (const purpose of purposes) {
      for (const window of this.windows) {
        const item = window.track.purpose === purpose ? take(window) : undefined;
        if (item !== undefined) return item;
      }
    }
    return undefined;
  }

  /** The windows that want their next stretch counted, with the instant up to which they may go. */
  *toPlan(now: number): Generator<{ window: PeriodWindow; until: number }> {
    for (const window of this.windows) {
      const until = this.#until(window, now);
      if (window.spanToPlan(until) !== undefined) yield { window, until };
    }
  }

  /**
   * Epoch ms of the next moment after `now` at which there may be something to do without anybody asking; Infinity when there is none.
   * What is due already waits for a place or for another period, not for the clock, and must not hide what comes later.
   */
  nextDue(now: number): number {
    let due = Number.POSITIVE_INFINITY;
    const consider = (moment: number) => {
      if (moment > now && moment < due) due = moment;
    };
    for (const window of this.windows) {
      for (const hole of window.track.holes) if (!window.isTaken(hole.start)) consider(hole.nextTry);
      if (window.track.purpose === 'live') consider(this.closesAt(window.nextEnd));
      if (window.track.sweepHours !== undefined) consider(window.nextEnd + this.#sweepDelay(window.track));
    }
    return due;
  }

  /** When a live period that ends at `end` may be read. */
  closesAt(end: number): number {
    return end + this.#timing.settle + this.#timing.jitter;
  }

  get live(): PeriodWindow | undefined {
    return this.windows.find((window) => window.track.purpose === 'live');
  }

  get holes(): number {
    return this.windows.reduce((count, window) => count + window.track.holes.length, 0);
  }

  get isBusy(): boolean {
    return this.windows.some((window) => window.isBusy);
  }

  window(track: string): PeriodWindow {
    const found = this.windows.find((window) => window.track.id === track);
    if (found === undefined) throw new RangeError(`there is no track ${track}`);
    return found;
  }

  #until(window: PeriodWindow, now: number): number {
    const { track } = window;
    if (track.purpose === 'live') return now - this.#timing.settle - this.#timing.jitter;
    // A sweep looks for what the live export missed, so it stays behind it.
    if (track.sweepHours !== undefined) return Math.min(now - this.#sweepDelay(track), this.live?.exportedUpTo ?? 0);
    return track.to ?? now;
  }

  #sweepDelay(track: TrackState): number {
    return (track.sweepHours ?? 0) * HOUR + this.#timing.settle + this.#timing.jitter;
  }
}
