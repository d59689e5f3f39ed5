import type { Axis } from '../../shared/activities.ts';
import type { RecordScope, RecordsDatabase } from './database.ts';

/** An event that a destination refused, and why. */
export interface RejectedEvent extends RecordScope {
  axis: Axis;
  periodStart: string;
  periodEnd: string;
  id: string;
  /** A short code, the same for all events with this fault. */
  reason: string;
  /** The field at fault, or ''. */
  field: string;
  message: string;
  at: string;
}

/** Records refused events; the same event of the same period again changes nothing. */
export function insertRejected(database: RecordsDatabase, events: readonly RejectedEvent[]): Promise<void> {
  return database.insert(
    'rejected_events',
    events.map((event) => ({
      project_id: event.projectId,
      integration_id: event.integrationId,
      axis: event.axis,
      period_start: event.periodStart,
      period_end: event.periodEnd,
      id: event.id,
      reason: event.reason,
      field: event.field,
      message: event.message,
      at: event.at,
    })),
  );
}
