import type { Job, Part, PeriodPlan, Window } from '../shared/activities.ts';
import { partName } from '../shared/parts.ts';
import type { SourceName } from '../shared/sources/catalog.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { queryOptions } from './query-options.ts';
import { partTarget, selectionsOf } from './selection.ts';

export interface PlanInput {
  job: Job;
  window: Window;
  targetPartBytes: number;
}

/** The plan of a period that will be committed as `revision`. */
export async function planParts(
  { source }: Pick<ActivityDependencies, 'source'>,
  { job, window, targetPartBytes }: PlanInput,
  revision: number,
): Promise<PeriodPlan> {
  const target = partTarget(job.config, targetPartBytes);
  const found: Part[] = [];
  for (const selection of selectionsOf(job)) {
    const options = (step: string) => queryOptions({ job, window, step: stepOf(job, step, selection.source) });
    if (window.axis === 'updated') {
      // Before any row is read: a row that comes in between is then delivered again by a sweep, rather than never.
      await source.registerDelivered(selection, window, options('register'));
    }
    found.push(...(await source.planParts(selection, window, target, options('plan'))));
  }
  // Names are unique in the period, whatever the source.
  const parts = found.map((part, index) => ({ ...part, name: partName(index) }));
  return {
    window,
    revision,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    parts,
  };
}

/** Queries of several sources have ids of their own. */
function stepOf({ config }: Job, step: string, source: SourceName): string {
  return config.sources.length === 1 ? step : `${step}-${source}`;
}
