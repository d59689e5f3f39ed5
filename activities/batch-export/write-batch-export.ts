import { Context } from '@temporalio/activity';
import type { BatchExportActivities, BatchExportFile, BatchExportJob } from '../../shared/batch-export.ts';
import { batchExportDisposition, batchExportKey } from '../../shared/names-batch-export.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { ExportError } from '../export-error.ts';
import { uploadRows } from '../files/stream-part.ts';
import { liesBetween, MOST_ROUNDS } from '../proven-delivery.ts';
import type { OrderedCounts } from '../source/ordered-rows.ts';
import type { StreamTally } from '../source/source.ts';
import type { PartProgress } from '../streaming.ts';
import { streaming } from '../streaming.ts';
import { type Downloads, downloadsOf } from './downloads.ts';
import { openRows } from './file-rows.ts';
import { downloadQuery, rowLimitOf, selectionOf, withRemedy } from './selected-rows.ts';

type Dependencies = Pick<ActivityDependencies, 'downloads' | 'tallyStream' | 'killQuery' | 'metrics' | 'clock'>;

/** Streams the rows into one object and proves it, as `deliverPart` does: the rows lie between those before and after. */
export function writeBatchExportActivity(dependencies: Dependencies): Pick<BatchExportActivities, 'writeBatchExport'> {
  return {
    async writeBatchExport({ job }) {
      const downloads = downloadsOf(dependencies);
      return withRemedy(() =>
        streaming(dependencies, downloads.store, (progress) => writeFile(dependencies, downloads, job, progress)),
      );
    },
  };
}

async function writeFile(
  dependencies: Dependencies,
  downloads: Downloads,
  job: BatchExportJob,
  progress: PartProgress,
): Promise<BatchExportFile> {
  const { source, store, prefix } = downloads;
  const { clock, metrics } = dependencies;
  const selection = selectionOf(job);
  const key = batchExportKey(prefix, job);
  const limit = rowLimitOf(job, downloads) ?? Number.POSITIVE_INFINITY;

  for (let round = 1; ; round += 1) {
    const begun = clock();
    const counts = await source.countOrdered(selection, job.clickedAt, downloadQuery(job, `count-before${round}`));
    const before = totalOf(counts);
    const { queryId } = downloadQuery(job, `rows${round}`);
    let slices = { slice: 1, slices: 1 };
    const onQuery = (id: string, at: typeof slices) => {
      slices = at;
      progress.beat = { ...progress.beat, ...at, queryId: id };
    };
    const file = { job, counts, limit, step: `rows${round}`, onQuery };
    const written: StreamTally = await uploadRows(dependencies.tallyStream, {
      open: (signal) => openRows(downloads, { ...file, signal }),
      format: job.request.format,
      compression: job.request.compression,
      store,
      key,
      contentDisposition: batchExportDisposition(job),
      expectedBytes: before.bytes * Math.min(1, limit / Math.max(1, before.rows)),
      // Nobody else writes to this name, and what an earlier run of this export left is of no use.
      replaceLeftover: true,
      queryId,
      progress,
    });
    const { rows, bytes } = written;
    progress.beat = { ...slices, rows, bytes };
    const after = await source
      .countUntil(selection, job.clickedAt, downloadQuery(job, `count-after${round}`))
      .catch(async (error: unknown) => {
        // Cancelled or failed now, nobody would know of the file.
        await store.remove([key]).catch(() => undefined);
        throw error;
      });
    if (liesBetween(rows, Math.min(before.rows, limit), Math.min(after.rows, limit))) {
      metrics.part({ rows, bytes, seconds: (clock() - begun) / 1000 });
      const isCut = rows === limit && Math.max(before.rows, after.rows) > limit;
      return { key, ...written, queryId, ...(isCut ? { truncatedAt: limit } : {}) };
    }
    if (round === MOST_ROUNDS) {
      await store.remove([key]);
      throw mismatch(rows, before.rows, after.rows);
    }
    const numbers = { rows, before: before.rows, after: after.rows };
    Context.current().log.warn('The rows of the file do not fit the counts, writing it again', numbers);
  }
}

function totalOf({ minutes, before }: OrderedCounts): { rows: number; bytes: number } {
  const total = { ...before };
  for (const { rows, bytes } of minutes) {
    total.rows += rows;
    total.bytes += bytes;
  }
  return total;
}

function mismatch(rows: number, before: number, after: number): ExportError {
  return new ExportError(
    'CountMismatch',
    `The file got ${rows} rows, but ClickHouse held ${before} rows before the stream and ${after} after it, ${MOST_ROUNDS} times in a row.`,
    'No file was kept. Look for merges, mutations or a lagging replica that change these rows, then try again.',
  );
}
