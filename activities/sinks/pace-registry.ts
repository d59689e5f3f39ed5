/** One pace for every project of a vendor, shared by all deliveries of a worker. */
import { createHash } from 'node:crypto';
import { createPace, type Pace, type PaceLimits } from './pace.ts';
import { type Clock, systemClock } from './pauses.ts';

export interface PaceRegistry {
  /**
   * The pace of a project: the same object for the same parts. The limits of the latest call hold, so that a changed configuration does.
   * @param project what tells projects apart (vendor, host, key); only a hash of it is kept
   */
  paceOf(project: readonly string[], limits: PaceLimits): Pace;
}

/** By then a pace has long recovered, and a new one is as good. */
const FORGET_AFTER_MS = 60 * 60_000;

/** To be made once in a worker. */
export function createPaceRegistry(clock: Clock = systemClock): PaceRegistry {
  const entries = new Map<string, Entry>();
  return {
    paceOf(project, limits) {
      const key = createHash('sha256').update(JSON.stringify(project)).digest('base64');
      const known = entries.get(key);
      if (known !== undefined) {
        known.usedAt = clock.now();
        known.pace.limit(limits);
        return known.pace;
      }
      for (const [other, { usedAt }] of entries) if (clock.now() - usedAt > FORGET_AFTER_MS) entries.delete(other);
      const entry = createEntry(limits, clock);
      entries.set(key, entry);
      return entry.pace;
    },
  };
}

interface Entry {
  pace: Pace;
  usedAt: number;
}

function createEntry(limits: PaceLimits, clock: Clock): Entry {
  const pace = createPace(limits, clock);
  const entry: Entry = {
    usedAt: clock.now(),
    pace: {
      ...pace,
      take(events, bytes, signal) {
        entry.usedAt = clock.now();
        return pace.take(events, bytes, signal);
      },
    },
  };
  return entry;
}
