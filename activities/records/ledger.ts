import { z } from 'zod';
import type { LedgerRow, Window } from '../../shared/activities.ts';
import { dateTimeText } from '../source/statement.ts';
import type { RecordScope, RecordsDatabase } from './database.ts';

/** The last committed revision of a window, 0 when there is none. For destinations that keep no manifest. */
export async function lastRevision(
  database: RecordsDatabase,
  { projectId, integrationId }: RecordScope,
  { axis, start, end, late }: Window,
): Promise<number> {
  const rows = await database.select(
    `SELECT max(revision) AS revision FROM {db}.period_ledger WHERE project_id = {projectId:String}
     AND integration_id = {integrationId:String} AND axis = {axis:String} AND start = {start:DateTime64(3,'UTC')}
     AND end = {end:DateTime64(3,'UTC')} AND late = {late:String}`,
    {
      projectId,
      integrationId,
      axis,
      start: dateTimeText(start),
      end: dateTimeText(end),
      late: late === undefined ? '' : String(late),
    },
  );
  const [row] = z.array(z.object({ revision: z.number() })).parse(rows);
  return row?.revision ?? 0;
}

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
