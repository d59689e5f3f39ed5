import type { Activities } from '../shared/activities.ts';
import { endDeadAttempt } from './dead-attempt.ts';
import { deliverPart } from './deliver-part.ts';
import { type ActivityDependencies, withStore } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { type Beats, withHeartbeats } from './heartbeat.ts';
import type { PartProgress } from './stream-part.ts';

/** Streams one part into one object. */
export function exportPartActivity(dependencies: ActivityDependencies): Pick<Activities, 'exportPart'> {
  return {
    exportPart: ({ job, plan, part, leftover = [] }) =>
      withStore(dependencies, job, (store) =>
        streaming(dependencies, store, (progress) =>
          deliverPart(dependencies, { job, plan, part, store, progress, leftover }),
        ),
      ),
  };
}

/** The frame of a streaming activity: first the remains of a dead attempt are cleared away, then `work` runs with heartbeats. */
export async function streaming<T>(
  dependencies: Pick<ActivityDependencies, 'killQuery'>,
  store: ObjectStore,
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
