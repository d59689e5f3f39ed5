import type { ActivityDependencies } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { lastBeat } from './heartbeat.ts';

/**
 * On a retry: ends what an attempt that died has left running, its query and its multipart upload.
 * @param store none for destinations that take no files
 */
export async function endDeadAttempt(
  { killQuery }: Pick<ActivityDependencies, 'killQuery'>,
  store?: Pick<ObjectStore, 'abortUpload'>,
): Promise<void> {
  const beat = lastBeat();
  if (beat?.queryId !== undefined) await killQuery(beat.queryId);
  if (beat?.key !== undefined && beat.uploadId !== undefined) await store?.abortUpload(beat.key, beat.uploadId);
}
