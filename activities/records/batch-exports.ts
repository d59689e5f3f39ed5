import type { BatchExportState } from '../../shared/batch-export.ts';
import type { RecordsDatabase } from './database.ts';

/** Records where a batch export stands; the newest record of an export counts. Who gets a mail is left out. */
export function insertBatchExport(
  database: RecordsDatabase,
  { state, at, durationMs }: { state: BatchExportState; at: string; durationMs: number },
): Promise<void> {
  const { job, status, plan, file, failure, expiresAt } = state;
  const { notify: _, ...request } = job.request;
  return database.insert('batch_exports', [
    {
      project_id: job.projectId,
      export_id: job.exportId,
      status,
      actor: job.actor,
      request: JSON.stringify(request),
      clicked_at: job.clickedAt,
      planned_rows: plan?.rows ?? 0,
      rows: file?.rows ?? 0,
      bytes: file?.bytes ?? 0,
      uncompressed_bytes: file?.uncompressedBytes ?? 0,
      sha256: file?.sha256 ?? '',
      key: file?.key ?? '',
      truncated_at: file?.truncatedAt ?? 0,
      query_id: file?.queryId ?? '',
      failure: failure?.type ?? '',
      message: failure?.message ?? '',
      expires_at: expiresAt ?? new Date(0).toISOString(),
      duration_ms: Math.max(0, Math.round(durationMs)),
      at,
    },
  ]);
}
