import type { Job, PeriodPlan } from '../shared/activities.ts';
import { objectKey } from '../shared/names.ts';
import { selectionOf } from './selection.ts';

/** The name of a part's object: fixed by the plan, so that every attempt writes to the same place. */
export function partKey(job: Job, { window, revision }: Pick<PeriodPlan, 'window' | 'revision'>, part: string): string {
  const { projectId, integrationId, config } = job;
  const { layout, format, compression, destination } = config;
  const { source } = selectionOf(job);
  const { prefix } = destination;
  return objectKey({ prefix, layout, projectId, integrationId, source, format, compression, window, revision, part });
}
