import { Context } from '@temporalio/activity';
import type { Job, Part, PartResult, PeriodPlan } from '../../shared/activities.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { emptyResult, proveDelivery } from '../proven-delivery.ts';
import type { PartCount } from '../source/source.ts';
import type { PartProgress } from '../streaming.ts';
import { partKey } from './part-key.ts';
import { streamPart } from './stream-part.ts';

export interface FileDelivery {
  job: Job;
  plan: Pick<PeriodPlan, 'window' | 'revision'>;
  part: Part;
  store: ObjectStore;
  progress: PartProgress;
  /** Part names that an earlier attempt at the period may have written. */
  leftover: readonly string[];
  /** The plan's count, if it is fresh (see `proveDelivery`). */
  counted?: PartCount;
}

/**
 * Delivers one part into one object, proved by counts. A part without rows leaves no object.
 * @throws ExportError CountMismatch; the object is removed then
 */
export async function deliverPart(
  dependencies: Pick<ActivityDependencies, 'source' | 'tallyStream' | 'metrics' | 'clock'>,
  { job, plan, part, store, progress, leftover, counted }: FileDelivery,
): Promise<PartResult> {
  const { source, metrics, clock } = dependencies;
  const { window } = plan;
  const { attempt } = Context.current().info;
  const key = partKey(job, plan, part.name, part.source);
  let mayExist = attempt > 1 || leftover.includes(part.name);
  const begun = clock();

  const { before, after, delivered } = await proveDelivery(source, {
    job,
    window,
    part,
    counted,
    deliver: (round) => {
      const stream = { job, window, part, store, key, step: `stream${round}`, replaceLeftover: mayExist, progress };
      mayExist = true;
      return streamPart(dependencies, stream);
    },
    undo: () => store.remove([key]),
  });

  const empty = emptyResult(part, before, after);
  if (delivered === undefined) {
    if (mayExist) await store.remove([key]);
    return empty;
  }
  const { rows, bytes, uncompressedBytes, sha256, queryId } = delivered;
  if (rows === 0) {
    await store.remove([key]);
    return { ...empty, queryId };
  }
  metrics.part({ rows, bytes, seconds: (clock() - begun) / 1000 });
  return { ...empty, key, rows, bytes, uncompressedBytes, sha256, queryId };
}
