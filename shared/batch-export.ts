/** A batch export: one file of the rows that the table shows. What is asked, how far it is, and what activities are told. */
import { z } from 'zod';
import { areDistinct } from './config/distinct.ts';
import { COMPRESSIONS, FORMATS } from './config/integration.ts';
import type { Failure } from './failures.ts';
import { columnProblem } from './filters/columns.ts';
import { filtersSchema } from './filters/filter.ts';
import { DEFAULT_ORDER, orderSchema } from './filters/order.ts';
import { searchSchema } from './filters/search.ts';
import { COLUMN_GROUPS, SOURCES } from './sources/catalog.ts';

export const BATCH_EXPORT_STATUSES = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'] as const;
export type BatchExportStatus = (typeof BATCH_EXPORT_STATUSES)[number];

/** What a person chooses; the same filters, search and order as the table's. */
export const batchExportRequestSchema = z
  .strictObject({
    /** What people call it: in lists, and the name of the downloaded file. Default: source and time of the click. */
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters')
      .optional(),
    source: z.enum(SOURCES).default('events'),
    format: z.enum(FORMATS).default('csv'),
    /** Of the text formats; Parquet compresses inside. */
    compression: z.enum(COMPRESSIONS).default('none'),
    columnGroups: z
      .array(z.enum(COLUMN_GROUPS))
      .min(1)
      .refine(areDistinct, 'each column group once')
      .default([...COLUMN_GROUPS]),
    /** Files are opened in spreadsheets: cells that look like formulas get a leading apostrophe. */
    csv: z.strictObject({ bom: z.boolean().default(false), formulaGuard: z.boolean().default(true) }).prefault({}),
    filters: filtersSchema.default([]),
    search: searchSchema.optional(),
    order: orderSchema.default(DEFAULT_ORDER),
    /** The file ends after so many rows and says so (`truncatedAt`). Default: no limit, or the operator's BATCH_EXPORT_ROW_LIMIT. */
    rowLimit: z.int().min(1).max(1e12).optional(),
    /** Mail addresses that are told when it is ready or has failed. */
    notify: z.array(z.email()).max(10).default([]),
  })
  .superRefine((value, context) => {
    const named = [
      ...value.filters.map(({ column }, index) => ({ column, path: ['filters', index, 'column'] })),
      { column: value.order.column, path: ['order', 'column'] },
    ];
    for (const { column, path } of named) {
      const message = columnProblem(column, value.source);
      if (message !== undefined) context.addIssue({ code: 'custom', path, message });
    }
    if (value.format === 'parquet' && value.compression !== 'none') {
      context.addIssue({
        code: 'custom',
        path: ['compression'],
        message: 'Parquet is compressed inside (zstd): leave compression out or say "none"',
      });
    }
  });
export type BatchExportInput = z.input<typeof batchExportRequestSchema>;
export type BatchExportRequest = z.output<typeof batchExportRequestSchema>;

/** What every activity of a batch export is told. */
export interface BatchExportJob {
  projectId: string;
  exportId: string;
  request: BatchExportRequest;
  /** The instant of the click, ISO: rows dated or created later are left out. */
  clickedAt: string;
  /** Who asked. */
  actor: string;
}

/** Rows that the file will hold, as ClickHouse counts them before the stream, cut at the row limit. */
export interface BatchExportPlan {
  rows: number;
  /** Expected bytes before compression. */
  bytes: number;
}

/** The finished file. */
export interface BatchExportFile {
  key: string;
  rows: number;
  /** Bytes of the object, and of the rows before compression. */
  bytes: number;
  uncompressedBytes: number;
  sha256: string;
  /** The row limit that cut the file. */
  truncatedAt?: number;
  queryId: string;
}

/** Progress as a streaming attempt heartbeats it. */
export interface BatchExportProgress {
  rows: number;
  bytes: number;
  /** Slice of event time being written, from 1; of how many. */
  slice: number;
  slices: number;
}

/** What a mail says. */
export type BatchExportOutcome =
  | { kind: 'ready'; file: BatchExportFile; expiresAt: string }
  | { kind: 'failed'; failure: Failure };

/** What the workflow answers to its query `batchExportState`; what lists show of it is its memo too (`batch-export-memo.ts`). */
export interface BatchExportState {
  job: BatchExportJob;
  status: BatchExportStatus;
  plan?: BatchExportPlan;
  /** From COMPLETED on; once EXPIRED it tells of the file that was. */
  file?: BatchExportFile;
  /** FAILED: why. EXPIRED: why the file could not be removed. */
  failure?: Failure;
  expiresAt?: string;
}

export interface BatchExportActivities {
  /** Counts what the file will hold. */
  planBatchExport(input: { job: BatchExportJob }): Promise<BatchExportPlan>;
  /** Writes the file; heartbeats `BatchExportProgress`. The previous attempt's query and upload are ended first. */
  writeBatchExport(input: { job: BatchExportJob }): Promise<BatchExportFile>;
  /** Removes the file; one that is gone is fine. */
  removeBatchExportFile(input: { job: BatchExportJob }): Promise<void>;
  /** Tells the people in `request.notify`. Never fails the export: problems with the mail server end in the log. */
  mailBatchExport(input: { job: BatchExportJob; outcome: BatchExportOutcome }): Promise<void>;
  /** One row in the ledger: Temporal forgets the export after its retention. */
  recordBatchExport(input: { state: BatchExportState; at: string; durationMs: number }): Promise<void>;
}

/** `batch-export/<projectId>/<exportId>` */
export function batchExportWorkflowId({ projectId, exportId }: { projectId: string; exportId: string }): string {
  return `batch-export/${projectId}/${exportId}`;
}
