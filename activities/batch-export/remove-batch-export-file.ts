import type { BatchExportActivities } from '../../shared/batch-export.ts';
import { batchExportKey } from '../../shared/names-batch-export.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { downloadsOf } from './downloads.ts';

/** Removes the file by the name that its request fixes; one that is gone is fine. */
export function removeBatchExportFileActivity(
  dependencies: Pick<ActivityDependencies, 'downloads'>,
): Pick<BatchExportActivities, 'removeBatchExportFile'> {
  return {
    async removeBatchExportFile({ job }) {
      const { store, prefix } = downloadsOf(dependencies);
      await store.remove([batchExportKey(prefix, job)]);
    },
  };
}
