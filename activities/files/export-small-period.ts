import { Context } from '@temporalio/activity';
import type { Activities } from '../../shared/activities.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { smallPeriodParts } from '../../shared/parts.ts';
import { type ActivityDependencies, withStore } from '../dependencies.ts';
import { planParts } from '../plan-parts.ts';
import { workToken } from '../query-options.ts';
import { exportSmall } from '../small-period.ts';
import { streaming } from '../streaming.ts';
import { commit, isOwnEmptyCommit, resultOf } from './commit-period.ts';
import { deliverPart } from './deliver-part.ts';
import { manifestKeyOf, nextRevision, readManifest } from './manifests.ts';

/** Plans, exports and commits a period of modest size; any other is handed back as a plan. */
export function exportSmallPeriodActivity(dependencies: ActivityDependencies): Pick<Activities, 'exportSmallPeriod'> {
  return {
    exportSmallPeriod: ({ job, window, targetPartBytes, leftover }) =>
      withStore(dependencies, job, (store) =>
        streaming(dependencies, store, async (progress) => {
          const key = manifestKeyOf(job, window);
          const present = await readManifest(store, key);
          if (isOwnCommit(present)) return { kind: 'committed', result: resultOf(present, key, { window }) };
          const plan = await planParts(dependencies, { job, window, targetPartBytes }, nextRevision(present));
          if (plan.parts.length === 0 && isOwnEmptyCommit(present)) {
            return { kind: 'committed', result: resultOf(present, key, { window }) };
          }
          // An attempt that died may have written the parts of its plan, which this plan need not have.
          const written = isRetry() ? [...leftover, ...smallPeriodParts(job.config.sources)] : leftover;
          return exportSmall({
            plan,
            sources: job.config.sources,
            deliver: (part, counted) =>
              deliverPart(dependencies, { job, plan, part, store, progress, leftover, counted }),
            commit: (results) => commit(dependencies, store, { job, plan, results, leftover: written }),
          });
        }),
      ),
  };
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
