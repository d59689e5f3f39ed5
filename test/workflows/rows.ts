import { DAY, HOUR } from '../../shared/period.ts';
import type { FakeRow } from '../support/fake-activities.ts';

/** Rows over the last `days`, one every `everyHours`, written a second after their event; the newest is two hours old. */
export function history(days: number, everyHours: number, now = Date.now()): FakeRow[] {
  const rows: FakeRow[] = [];
  for (let event = now - days * DAY; event < now - 2 * HOUR; event += everyHours * HOUR) {
    rows.push({ id: `row-${new Date(event).toISOString()}`, event, updated: event + 1000 });
  }
  return rows;
}

export function idsOf(rows: readonly FakeRow[]): string[] {
  return rows.map(({ id }) => id).sort();
}
