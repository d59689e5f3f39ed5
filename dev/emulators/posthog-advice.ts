import { MS_OF_A_DAY } from './posthog-time.ts';
import { createRollingSum } from './rolling-sum.ts';

const HISTORICAL_AGE_MS = 2 * MS_OF_A_DAY;
const EVENTS_A_SECOND_OF_A_PERSON = 100;
/** "A few thousand events/s", over so many seconds. */
const HISTORICAL_EVENTS_A_SECOND = 5_000;
const HISTORICAL_SECONDS = 10;

/** What PostHog takes all the same, but advises against. */
export interface PostHogAdvice {
  /** Looks at the events of a batch that are taken. `warn` is told a reason and how many events it concerns. */
  look(batch: readonly TakenEvent[], isHistorical: boolean, now: number): void;
  reset(): void;
}

export interface TakenEvent {
  distinctId: string;
  /** Epoch ms. */
  time: number;
}

export function createPostHogAdvice(warn: (reason: string, events: number) => void): PostHogAdvice {
  const historical = createRollingSum(HISTORICAL_SECONDS);
  const persons = new Map<string, number>();
  let second = 0;

  function countPersons(batch: readonly TakenEvent[], now: number): void {
    if (Math.floor(now / 1000) !== second) persons.clear();
    second = Math.floor(now / 1000);
    for (const { distinctId } of batch) {
      const events = (persons.get(distinctId) ?? 0) + 1;
      persons.set(distinctId, events);
      if (events > EVENTS_A_SECOND_OF_A_PERSON) warn('slow_path', 1);
    }
  }

  return {
    look(batch, isHistorical, now) {
      countPersons(batch, now);
      const old = batch.filter(({ time }) => now - time > HISTORICAL_AGE_MS).length;
      if (!isHistorical) {
        if (old > 0) warn('old_without_historical', old);
        return;
      }
      if (old < batch.length) warn('historical_recent', batch.length - old);
      if (new Set(batch.map(({ time }) => Math.floor(time / MS_OF_A_DAY))).size > 1)
        warn('historical_days', batch.length);
      if (batch.some(({ time }, index) => time < (batch[index - 1]?.time ?? time))) {
        warn('historical_order', batch.length);
      }
      historical.add(batch.length, now);
      if (historical.sum(now) > HISTORICAL_EVENTS_A_SECOND * HISTORICAL_SECONDS) warn('historical_fast', batch.length);
    },
    reset() {
      historical.clear();
      persons.clear();
    },
  };
}
