import { batchExportWorkflowId } from '../../shared/batch-export.ts';
import { idSchema } from '../../shared/config/integration.ts';
import { notFound } from '../translate.ts';
import type { BatchExportId } from './types.ts';

/** A batch export as messages name it. */
export function aboutOf({ projectId, exportId }: BatchExportId): string {
  return `Batch export "${exportId}" of project "${projectId}"`;
}

/** @throws NotFound for ids that cannot exist; those of other projects' workflows cannot be spelled with valid ones */
export function workflowIdOf(id: BatchExportId): string {
  if (idSchema.safeParse(id.projectId).success && idSchema.safeParse(id.exportId).success) {
    return batchExportWorkflowId(id);
  }
  throw notFound(aboutOf({ projectId: String(id.projectId).slice(0, 64), exportId: String(id.exportId).slice(0, 64) }));
}
