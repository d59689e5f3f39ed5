import type { LedgerRow } from '../../shared/activities.ts';
import type { RecordsDatabase } from './database.ts';

/** Records outcomes of periods; the same row again changes nothing. */
export function insertLedger(database: RecordsDatabase, rows: readonly LedgerRow[]): Promise<void> {
  return database.insert(
    'period_ledger',
    rows.map((row) => ({
      project_id: row.projectId,
      integration_id: row.integrationId,
      config_version: row.configVersion,
      axis: row.axis,
      start: row.start,
      end: row.end,
      revision: row.revision,
      late: row.late,
      status: row.status,
      periods: row.periods,
      attempts: row.attempts,
      rows: row.rows,
      bytes: row.bytes,
      files: row.files,
      rejected: row.rejected,
      duration_ms: Math.max(0, Math.round(row.durationMs)),
      manifest_key: row.manifestKey,
      error: row.error,
      at: row.at,
    })),
  );
}
