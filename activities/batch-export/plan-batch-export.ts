import type { BatchExportActivities } from '../../shared/batch-export.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { withHeartbeats } from '../heartbeat.ts';
import { downloadsOf } from './downloads.ts';
import { downloadQuery, rowLimitOf, selectionOf, withRemedy } from './selected-rows.ts';

/** Counts what the file will hold, cut at the row limit. Heartbeats, which is what brings a cancellation while a search is counted. */
export function planBatchExportActivity(
  dependencies: Pick<ActivityDependencies, 'downloads'>,
): Pick<BatchExportActivities, 'planBatchExport'> {
  return {
    planBatchExport: ({ job }) =>
      withRemedy(async () => {
        const downloads = downloadsOf(dependencies);
        const count = () => downloads.source.countUntil(selectionOf(job), job.clickedAt, downloadQuery(job, 'plan'));
        const found = await withHeartbeats(() => ({}), count);
        const limit = rowLimitOf(job, downloads);
        if (limit === undefined || found.rows <= limit) return found;
        return { rows: limit, bytes: Math.ceil((found.bytes * limit) / found.rows) };
      }),
  };
}
