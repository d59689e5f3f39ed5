import type { BatchExportActivities } from '../../shared/batch-export.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { insertBatchExport } from '../records/batch-exports.ts';
import { planBatchExportActivity } from './plan-batch-export.ts';
import { removeBatchExportFileActivity } from './remove-batch-export-file.ts';
import { writeBatchExportActivity } from './write-batch-export.ts';

/** All that a batch export does but its mails. */
export function batchExportActivities(
  dependencies: ActivityDependencies,
): Omit<BatchExportActivities, 'mailBatchExport'> {
  return {
    ...planBatchExportActivity(dependencies),
    ...writeBatchExportActivity(dependencies),
    ...removeBatchExportFileActivity(dependencies),
    recordBatchExport: (ended) => insertBatchExport(dependencies.records, ended),
  };
}
