import type { AuditEntry } from '../../shared/activities.ts';
import type { RecordsDatabase } from './database.ts';

/** Records changes; the same entry again changes nothing. */
export function insertAudit(database: RecordsDatabase, entries: readonly AuditEntry[]): Promise<void> {
  return database.insert(
    'audit_log',
    entries.map((entry) => ({
      project_id: entry.projectId,
      integration_id: entry.integrationId,
      actor: entry.actor,
      action: entry.action,
      change: entry.change,
      at: entry.at,
    })),
  );
}
