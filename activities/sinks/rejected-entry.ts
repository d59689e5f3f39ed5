import type { PeriodPlan } from '../../shared/activities.ts';
import type { RejectedEntry } from '../../shared/rejected.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import type { RejectedRow } from './row-batches.ts';

/** A rejected row as it is listed. */
export function rejectedEntry(
  { row, reason, field, message }: RejectedRow,
  { plan, source, at }: { plan: Pick<PeriodPlan, 'window' | 'revision'>; source: SourceName; at: string },
): RejectedEntry {
  const { window, revision } = plan;
  return {
    axis: window.axis,
    periodStart: window.start,
    periodEnd: window.end,
    source,
    id: row.id,
    eventTime: row.eventTime,
    revision,
    reason,
    field,
    message,
    at,
  };
}
