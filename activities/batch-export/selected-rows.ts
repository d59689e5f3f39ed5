/** What a batch export reads, and the options of its queries. */
import type { BatchExportJob } from '../../shared/batch-export.ts';
import { ExportError } from '../export-error.ts';
import { activityQuery } from '../query-options.ts';
import type { OrderedOptions } from '../source/ordered-rows.ts';
import type { Selection } from '../source/source.ts';
import type { Downloads } from './downloads.ts';

export function selectionOf({ projectId, request }: Pick<BatchExportJob, 'projectId' | 'request'>): Selection {
  const { source, columnGroups, format, csv, filters, search } = request;
  return { projectId, source, columnGroups, format, csv, filters, ...(search === undefined ? {} : { search }) };
}

/** Rows after which the file ends: what was asked, within what the operator allows. */
export function rowLimitOf({ request }: Pick<BatchExportJob, 'request'>, { rowLimit }: Downloads): number | undefined {
  const limits = [request.rowLimit, rowLimit].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** As `queryOptions` of periods: the id leads from `system.processes` to the workflow, and the other way round. */
export function downloadQuery(job: BatchExportJob, step: string, signal?: AbortSignal): OrderedOptions {
  const { projectId, exportId } = job;
  const about = ['batch-export', exportId];
  return activityQuery({ projectId, about, comment: { export: exportId }, step, signal });
}

/** Runs `work`; a query that was too large says what a person can do, because nobody will split a file. */
export async function withRemedy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ExportError) || error.type !== 'SourceTooLarge') throw error;
    throw new ExportError(
      error.type,
      error.message,
      'Narrow the filters, leave out input and output, or choose CSV, JSON or JSONL in order of start time, which need the least memory. The operator can raise MAX_MEMORY_USAGE.',
      { cause: error.cause },
    );
  }
}
