import { idSchema } from '../../shared/config/integration.ts';
import { integrationWorkflowId } from '../../shared/names.ts';
import { notFound } from '../translate.ts';
import type { IntegrationId } from './types.ts';

/** An integration as messages name it. */
export function aboutOf({ projectId, integrationId }: IntegrationId): string {
  return `Integration "${integrationId}" of project "${projectId}"`;
}

/** @throws NotFound for ids that cannot exist; those of other projects' workflows cannot be spelled with valid ones */
export function workflowIdOf(id: IntegrationId): string {
  if (idSchema.safeParse(id.projectId).success && idSchema.safeParse(id.integrationId).success) {
    return integrationWorkflowId(id);
  }
  throw notFound(
    aboutOf({ projectId: String(id.projectId).slice(0, 64), integrationId: String(id.integrationId).slice(0, 64) }),
  );
}
