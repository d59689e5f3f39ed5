/** The frame of activities that stream rows. */
import { Context } from '@temporalio/activity';
import type { Part } from '../shared/activities.ts';
import { hasExactCount } from '../shared/parts.ts';
import { endDeadAttempt } from './dead-attempt.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { type Beat, type Beats, withHeartbeats } from './heartbeat.ts';
import type { PartCount } from './source/source.ts';

/** What the heartbeats of a streaming activity say; written by the stream that is running. */
export interface PartProgress {
  beat: Beat;
  /** Rows and bytes so far, asked at every beat. */
  counters?: () => { rows: number; bytes: number };
  beats: Beats;
}

/**
 * First the remains of a dead attempt are cleared away, then `work` runs with heartbeats.
 * @param store none for destinations that take no files
 */
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

/** The plan's count is the one before the stream; a later attempt may come long after it and counts anew. */
export function plannedCount(part: Part): { counted?: PartCount } {
  return Context.current().info.attempt === 1 && hasExactCount(part) ? { counted: { rows: part.rows } } : {};
}
