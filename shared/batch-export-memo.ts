/** What stands beside a batch export in Temporal, readable without a worker. In the clear: no filters, no secrets. */
import type { BatchExportJob, BatchExportState } from './batch-export.ts';
import { batchExportFileName } from './names-batch-export.ts';
import { extensionOf } from './names-files.ts';

/** Plain values; absent ones are left out, because a memo cannot hold undefined. */
export type BatchExportMemo = Record<string, string | number | { type: string; message: string; remedy: string }>;

/** The memo of a state. Keys that come with a later status are absent before it. */
export function batchExportMemo({ job, status, plan, file, failure, expiresAt }: BatchExportState): BatchExportMemo {
  const { request, actor, clickedAt } = job;
  const memo: BatchExportMemo = {
    status,
    name: batchExportName(job),
    source: request.source,
    format: request.format,
    compression: request.compression,
    createdAt: clickedAt,
    createdBy: actor,
  };
  if (plan !== undefined) memo.plannedRows = plan.rows;
  if (file !== undefined) {
    const { key, rows, bytes, sha256, truncatedAt, queryId } = file;
    Object.assign(memo, { key, rows, bytes, sha256, queryId });
    if (truncatedAt !== undefined) memo.truncatedAt = truncatedAt;
  }
  if (expiresAt !== undefined) memo.expiresAt = expiresAt;
  if (failure !== undefined) {
    const { type, message, remedy } = failure;
    memo.failure = { type, message, remedy };
  }
  return memo;
}

/** The name that was given, or the file's without its extension: `20261123T101500.000Z - events as CSV`. */
export function batchExportName({ request, clickedAt }: Pick<BatchExportJob, 'request' | 'clickedAt'>): string {
  return request.name ?? batchExportFileName({ request, clickedAt }).slice(0, -1 - extensionOf(request).length);
}

/** What browsers save the file as: the name without characters that file systems refuse, and the extension. */
export function downloadName({ name, ...kind }: { name: string } & Parameters<typeof extensionOf>[0]): string {
  const safe = name.replace(/[\\/:*?"<>|\p{Cc}\p{Cf}\p{Cs}]/gu, '_').replace(/^\.+|\.+$/g, '_');
  return `${safe}.${extensionOf(kind)}`;
}
