import { Context } from '@temporalio/activity';
import type { Activities, PartResult, PeriodPlan } from '../shared/activities.ts';
import type { Manifest } from '../shared/manifest.ts';
import { SMALL_PERIOD_ROWS, smallPeriodParts } from '../shared/parts.ts';
import { commit, isOwnEmptyCommit, resultOf } from './commit-period.ts';
import { deliverPart } from './deliver-part.ts';
import { type ActivityDependencies, withStore } from './dependencies.ts';
import { ExportError } from './export-error.ts';
import { streaming } from './export-part.ts';
import { manifestKeyOf, nextRevision, readManifest } from './manifests.ts';
import { planParts } from './plan-period.ts';
import { workToken } from './query-options.ts';

/** One activity takes at most this much, so that few but large rows become parts, which can be split. */
const SMALL_PERIOD_BYTES = 32 * 2 ** 20;

/**
 * Plans, exports and commits a period with one part of modest size (one a source). Any other period is handed back as a plan, as is a part that
 * turns out to be too large for one query.
 */
export function exportSmallPeriodActivity(dependencies: ActivityDependencies): Pick<Activities, 'exportSmallPeriod'> {
  return {
    exportSmallPeriod: ({ job, window, targetPartBytes, leftover }) =>
      withStore(dependencies, job, (store) =>
        streaming(dependencies, store, async (progress) => {
          const key = manifestKeyOf(job, window);
          const present = await readManifest(store, key);
          if (isOwnCommit(present)) return { kind: 'committed', result: resultOf(present, key, { window }) };
          const plan = await planParts(dependencies, { job, window, targetPartBytes }, nextRevision(present));
          if (!isSmall(plan, job.config.sources.length)) return { kind: 'planned', plan };
          if (plan.parts.length === 0 && isOwnEmptyCommit(present)) {
            return { kind: 'committed', result: resultOf(present, key, { window }) };
          }
          const results: PartResult[] = [];
          for (const part of plan.parts) {
            try {
              // The plan is a moment old: its count is the one before the stream.
              const counted = { rows: part.rows };
              results.push(await deliverPart(dependencies, { job, plan, part, store, progress, leftover, counted }));
            } catch (error) {
              if (error instanceof ExportError && error.type === 'SourceTooLarge') return { kind: 'planned', plan };
              throw error;
            }
          }
          // An attempt that died may have written the parts of its plan, which this plan need not have.
          const written = [...leftover, ...smallPeriodParts(job.config.sources)];
          const result = await commit(dependencies, store, {
            job,
            plan,
            results,
            leftover: isRetry() ? written : leftover,
          });
          return { kind: 'committed', result };
        }),
      ),
  };
}

/** At most one part of each source. */
export function isSmall({ parts, rows, bytes }: PeriodPlan, sources: number): boolean {
  return parts.length <= sources && rows <= SMALL_PERIOD_ROWS && bytes <= SMALL_PERIOD_BYTES;
}

/** True when an attempt that died had already put its manifest: its files were made by queries of this very activity. */
function isOwnCommit(present: Manifest | undefined): present is Manifest {
  if (!isRetry() || present === undefined || present.files.length === 0) return false;
  const token = workToken();
  return present.files.every((file) => file.queryId.endsWith(`/${token}`));
}

function isRetry(): boolean {
  return Context.current().info.attempt > 1;
}
