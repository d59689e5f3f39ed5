import { Context } from '@temporalio/activity';
import type { Activities, Part } from '../shared/activities.ts';
import { hasExactCount } from '../shared/parts.ts';
import { endDeadAttempt } from './dead-attempt.ts';
import { deliverPart } from './deliver-part.ts';
import { type ActivityDependencies, withStore } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { type Beats, withHeartbeats } from './heartbeat.ts';
import type { PartCount } from './source/source.ts';
import type { PartProgress } from './stream-part.ts';

/** Streams one part into one object. */
export function exportPartActivity(dependencies: ActivityDependencies): Pick<Activities, 'exportPart'> {
  return {
    exportPart: ({ job, plan, part, leftover = [] }) =>
      withStore(dependencies, job, (store) =>
        streaming(dependencies, store, (progress) =>
          deliverPart(dependencies, { job, plan, part, store, progress, leftover, ...plannedCount(part) }),
        ),
      ),
  };
}

/** The plan's count is the one before the stream; a later attempt may come long after it and counts anew. */
export function plannedCount(part: Part): { counted?: PartCount } {
  return Context.current().info.attempt === 1 && hasExactCount(part) ? { counted: { rows: part.rows } } : {};
}

/** The frame of a streaming activity: first the remains of a dead attempt are cleared away, then `work` runs with heartbeats. */
export async function streaming<T>(
  dependencies: Pick<ActivityDependencies, 'killQuery'>,
  store: Pick<ObjectStore, 'abortUpload'> | undefined,
  work: (progress: PartProgress) => Promise<T>,
): Promise<T> {
  await endDeadAttempt(dependencies, store);
  let progress: PartProgress | undefined;
  const beat = () => ({ ...progress?.beat, ...progress?.counters?.() });
  return withHeartbeats(beat, (beats: Beats) => {
    progress = { beat: {}, beats };
    return work(progress);
  });
}
