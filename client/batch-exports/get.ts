import { askedOf } from './asked.ts';
import type { BatchExportContext } from './deleted.ts';
import { describe } from './describe.ts';
import { noticeOf, progressOf } from './progress.ts';
import type { BatchExportDetails, BatchExportId } from './types.ts';

/** See `BatchExports.get`. */
export async function getBatchExport(context: BatchExportContext, id: BatchExportId): Promise<BatchExportDetails> {
  const { summary, cancelling, raw } = await describe(context, id);
  const request = await askedOf(context, summary);
  const now = Date.now();
  const progress = progressOf(raw, summary.plannedRows, now);
  const notice = noticeOf(raw, context.taskQueue, now);
  return {
    ...summary,
    cancelling,
    ...(request === undefined ? {} : { request }),
    ...(progress === undefined ? {} : { progress }),
    ...(notice === undefined ? {} : { notice }),
  };
}
