/**
 * How fast one project of a vendor may be sent to: a bucket of tokens for events and one for bytes. A batch goes when both are out of
 * debt, and may put them into debt, so that batches of any size pass and the average holds. The rate follows the vendor's answers:
 * halved when it says that we are too fast, raised again by equal steps when it takes what we send.
 */
import { type Clock, orAborted, systemClock } from './pauses.ts';

export interface PaceLimits {
  eventsPerSecond: number;
  /** Before compression. Default: no limit. */
  bytesPerSecond?: number | undefined;
}

export interface Pace {
  /** Waits until a batch of this size may go; first come, first served. Rejects with the signal's reason when aborted. */
  take(events: number, bytes: number, signal: AbortSignal): Promise<void>;
  /** The vendor says that we are too fast. Answers to requests that were in flight together count once: at most one halving a second. */
  slowDown(): void;
  /** The vendor has taken a batch. */
  succeeded(): void;
  /** New limits from now on; keeps what the vendor's answers have taught. */
  limit(limits: PaceLimits): void;
  /** The present rate. */
  eventsPerSecond(): number;
}

/** No vendor's answers slow a project down below this rate, or this share of the full one: a batch must not take minutes. */
const FLOOR_EVENTS_PER_SECOND = 50;
const FLOOR_SHARE = 1 / 50;
/** What may go at once after a rest, in milliseconds of the full rate. */
const BURST_MS = 250;
const STEP_MS = 1_000;
/** Of the full rate, for each second in which the vendor took a batch: from the floor, the full rate is back after ten batches. */
const RECOVERY = 0.1;
/** More than a process can send. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

export function createPace(limits: PaceLimits, { now, sleep }: Clock = systemClock): Pace {
  let full = limits;
  /** Of the full rate, for events and bytes alike. */
  let share = 1;
  let filledAt = now();
  let changedAt = Number.NEGATIVE_INFINITY;
  let events = burst(limits.eventsPerSecond);
  let bytes = burst(limits.bytesPerSecond ?? UNLIMITED);
  let last: Promise<void> = Promise.resolve();

  const eventRate = () => full.eventsPerSecond * share;
  const byteRate = () => (full.bytesPerSecond ?? UNLIMITED) * share;

  /** A clock that is set back gives nothing and takes nothing. */
  const fill = (at: number) => {
    const seconds = Math.max(0, at - filledAt) / 1_000;
    filledAt = at;
    if (seconds === 0) return;
    events = Math.min(burst(eventRate()), events + seconds * eventRate());
    bytes = Math.min(burst(byteRate()), bytes + seconds * byteRate());
  };

  const outOfDebt = async (signal: AbortSignal) => {
    fill(now());
    while (events < 0 || bytes < 0) {
      const wait = Math.ceil(1_000 * Math.max(-events / eventRate(), -bytes / byteRate()));
      const until = filledAt + wait;
      await sleep(wait, signal);
      // Timers may fire a little early by this clock: what was waited for counts.
      fill(Math.max(now(), until));
    }
  };

  return {
    async take(eventCount, byteCount, signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = before.then(() => turn.promise);
      try {
        await orAborted(before, signal);
        await outOfDebt(signal);
        events -= eventCount;
        bytes -= byteCount;
      } finally {
        turn.resolve();
      }
    },
    slowDown() {
      if (now() - changedAt < STEP_MS) return;
      fill(now());
      changedAt = now();
      const floor = Math.min(1, Math.max(FLOOR_SHARE, FLOOR_EVENTS_PER_SECOND / full.eventsPerSecond));
      share = Math.max(share / 2, floor);
      events = Math.min(events, 0);
      bytes = Math.min(bytes, 0);
    },
    succeeded() {
      if (share === 1 || now() - changedAt < STEP_MS) return;
      fill(now());
      changedAt = now();
      share = Math.min(1, share + RECOVERY);
    },
    limit(next) {
      fill(now());
      full = next;
      bytes = Math.min(bytes, burst(byteRate()));
    },
    eventsPerSecond: eventRate,
  };
}

function burst(perSecond: number): number {
  return (perSecond * BURST_MS) / 1_000;
}
