/** What the batch exports' functions take and return. Instants come back as ISO text in UTC. */
import type { BatchExportInput, BatchExportRequest, BatchExportStatus } from '../../shared/batch-export.ts';
import type { Asking } from '../integrations/types.ts';
import type { Instant } from '../validate.ts';

/** Which export. Ids: 1 to 64 letters, digits, "_" and "-". */
export interface BatchExportId {
  /** From the verified claims of the caller, never from a form: it is what keeps projects apart. */
  projectId: string;
  exportId: string;
}

export interface CreateBatchExportInput extends Asking {
  projectId: string;
  /** Default: a new UUID. Make it when the form opens, so that a double click is one export. */
  exportId?: string | undefined;
  /** What the table shows: the same filters, search and order. */
  request: BatchExportInput;
  /** Rows dated or created later are left out. Default, and at the latest: now. */
  clickedAt?: Instant | undefined;
}

export interface StartedBatchExport {
  exportId: string;
  /** For links into the Temporal UI. */
  workflowId: string;
  /** False: one of this id is under way or has its file; it was left as it is. */
  created: boolean;
}

/** One line of a list: what Temporal knows without a worker. */
export interface BatchExportSummary extends BatchExportId {
  name: string;
  source: string;
  format: string;
  compression: string;
  /** `unknown`: written by another version. */
  status: BatchExportStatus | 'unknown';
  createdAt: string;
  /** Who asked. */
  createdBy: string;
  /** Rows that ClickHouse counted before the file; from PROCESSING on. */
  plannedRows?: number | undefined;
  /** Of the file, from COMPLETED on; bytes of the object. */
  rows?: number | undefined;
  bytes?: number | undefined;
  sha256?: string | undefined;
  /** The row limit that cut the file. */
  truncatedAt?: number | undefined;
  /** The file is removed then. */
  expiresAt?: string | undefined;
  failure?: { type: string; message: string; remedy: string } | undefined;
  /** For links into the Temporal UI. */
  workflowId: string;
  runId: string;
}

export interface BatchExportProgressView {
  rows: number;
  bytes: number;
  /** Slice of event time being written, from 1; of how many. */
  slice: number;
  slices: number;
  /** Of the planned rows, 0 to 100; absent when none are planned. */
  percent?: number;
  /** At the pace so far; absent until there are rows. */
  etaSeconds?: number;
}

export interface BatchExportDetails extends BatchExportSummary {
  /** What was asked; absent when another version made it. */
  request?: BatchExportRequest;
  /** While the file is being written. Some seconds behind. */
  progress?: BatchExportProgressView;
  /** Somebody cancelled it, and it has not ended yet. */
  cancelling: boolean;
  /** For people: why it does not get on. */
  notice?: string;
}

export interface ListBatchExportsInput {
  projectId: string;
  status?: BatchExportStatus | undefined;
  /** 1 to 200; default 50. A page may hold fewer, and still not be the last. */
  pageSize?: number | undefined;
  /** `nextPageToken` of the page before. */
  pageToken?: string | undefined;
}

export interface BatchExportPage {
  batchExports: BatchExportSummary[];
  /** Absent on the last page. */
  nextPageToken?: string;
}

export type CancelBatchExportResult =
  | { cancelled: true }
  | {
      /** On its way; it ends when running work has stopped. */
      cancelled: false;
      notice: string;
    };

export type DeleteBatchExportResult =
  | { deleted: true }
  | {
      /** It is ending; delete it again once it has ended. */
      deleted: false;
      notice: string;
    };

export interface DownloadLink {
  /** A secret for as long as it is valid: whoever has it can read the file. */
  url: string;
  /** Ten minutes from now, or the end of the file. */
  validUntil: string;
  /** What browsers save it as. */
  fileName: string;
}
