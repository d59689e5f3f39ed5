import { cancelBatchExport } from './batch-exports/cancel.ts';
import { createBatchExport } from './batch-exports/create.ts';
import { deleteBatchExport } from './batch-exports/delete.ts';
import { createDeletedRuns } from './batch-exports/deleted.ts';
import { createDownloadUrl } from './batch-exports/download-url.ts';
import { getBatchExport } from './batch-exports/get.ts';
import { listBatchExports } from './batch-exports/list.ts';
import { retryBatchExport } from './batch-exports/retry.ts';
import type * as types from './batch-exports/types.ts';
import type { Context } from './context.ts';
import type { Asking } from './integrations/types.ts';

/**
 * One-shot downloads. Every function may throw `Unavailable`; those that name an export `NotFound` (never made, deleted, or another
 * project's); those that change one also `InvalidConfig` (what was given) and `Refused` (with the reason). None needs a worker; without
 * one, an export stays QUEUED, and `get` says so.
 * Rights are the caller's business: whoever holds the client may do everything in every project.
 */
export interface BatchExports {
  /**
   * Starts an export. Repeated with the same id while it is under way or its file is there, it changes nothing (`created: false`): a
   * double click is one export. @throws Refused when no storage is set up, with the variable to set
   */
  create(input: types.CreateBatchExportInput): Promise<types.StartedBatchExport>;

  /** Everything about one export, with progress, percent and remaining time while the file is being written. */
  get(id: types.BatchExportId): Promise<types.BatchExportDetails>;

  /**
   * A page of a project's exports from Temporal's index, which is about a second behind: first those under way or with a file, then
   * those that have ended, each newest first; a page is sorted by `createdAt`. @throws InvalidConfig for ids or numbers out of range
   */
  list(input: types.ListBatchExportsInput): Promise<types.BatchExportPage>;

  /**
   * Stops an export: its query is ended, its upload aborted. Waits up to `timeouts.close` until it has ended. `Refused` once it is
   * COMPLETED, FAILED or EXPIRED.
   */
  cancel(input: types.BatchExportId & Asking): Promise<types.CancelBatchExportResult>;

  /** Starts a failed, cancelled or expired export anew: same id, same request, rows up to now. `Refused` for others. */
  retry(input: types.BatchExportId & Asking): Promise<types.StartedBatchExport>;

  /**
   * Cancels an export or removes its file, then forgets it: its line in the ledger stays. Waits up to `timeouts.close`. Temporal deletes
   * in the background: other processes may see the export, ended, for up to a minute more. `Refused` when its file cannot be removed.
   */
  delete(input: types.BatchExportId & Asking): Promise<types.DeleteBatchExportResult>;

  /** A link to the file, signed now and valid for ten minutes. `Refused` unless COMPLETED. */
  downloadUrl(id: types.BatchExportId): Promise<types.DownloadLink>;
}

export function createBatchExports(plain: Context): BatchExports {
  const context = { ...plain, deleted: createDeletedRuns() };
  return {
    create: (input) => createBatchExport(context, input),
    get: (id) => getBatchExport(context, id),
    list: (input) => listBatchExports(context, input),
    cancel: (input) => cancelBatchExport(context, input),
    retry: (input) => retryBatchExport(context, input),
    delete: (input) => deleteBatchExport(context, input),
    downloadUrl: createDownloadUrl(context),
  };
}
