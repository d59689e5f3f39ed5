import type { Job, PeriodPlan } from '../../shared/activities.ts';
import { objectKey } from '../../shared/names.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import { fileDestination } from './file-destination.ts';

type Planned = Pick<PeriodPlan, 'window' | 'revision'>;

/** The name of a part's object: fixed by the plan, so that every attempt writes to the same place. */
export function partKey(job: Job, { window, revision }: Planned, part: string, source: SourceName): string {
  const { projectId, integrationId, config } = job;
  const { layout, format, compression } = config;
  const { prefix } = fileDestination(config);
  return objectKey({ prefix, layout, projectId, integrationId, source, format, compression, window, revision, part });
}

/** Every object that a part of this name can have left: of leftovers only the name is known, not the source. */
export function possibleKeys(job: Job, plan: Planned, part: string): string[] {
  return job.config.sources.map((source) => partKey(job, plan, part, source));
}
