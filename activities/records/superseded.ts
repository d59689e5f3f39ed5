import { z } from 'zod';
import { iso } from '../../shared/period.ts';
import type { RecordScope, RecordsDatabase } from './database.ts';

/** An object that a newer revision replaced. */
export interface SupersededObject {
  key: string;
  /** The manifest that named it, to be asked once more before it is removed. */
  manifestKey: string;
}

export interface SupersededScope extends RecordScope {
  /** The bucket that holds the objects; see `placeOf`. */
  place: string;
}

/** Instants in epoch ms. */
export interface SupersededTimes {
  now: number;
  removeAfter: number;
  removedAt?: number;
}

const due = z.array(z.object({ key: z.string(), manifestKey: z.string() }));
const count = z.object({ waiting: z.number() });

/** Records objects as superseded, later, or removed: the newest record of a key counts. */
export function insertSuperseded(
  database: RecordsDatabase,
  scope: SupersededScope,
  objects: readonly SupersededObject[],
  times: SupersededTimes,
): Promise<void> {
  return database.insert(
    'superseded_objects',
    objects.map(({ key, manifestKey }) => ({
      project_id: scope.projectId,
      integration_id: scope.integrationId,
      place: scope.place,
      key,
      manifest_key: manifestKey,
      remove_after: iso(times.removeAfter),
      removed_at: iso(times.removedAt ?? 0),
      changed_at: iso(times.now),
    })),
  );
}

const UNREMOVED = `FROM {db}.superseded_objects FINAL
WHERE project_id = {project:String} AND integration_id = {integration:String} AND place = {place:String}
  AND removed_at = toDateTime64(0, 3, 'UTC')`;

/** At most `limit` objects whose time has come, oldest first. */
export async function dueSuperseded(
  database: RecordsDatabase,
  scope: SupersededScope,
  now: number,
  limit: number,
): Promise<SupersededObject[]> {
  const rows = await database.select(
    `SELECT key, manifest_key AS manifestKey ${UNREMOVED}
  AND remove_after <= fromUnixTimestamp64Milli({now:Int64})
ORDER BY remove_after, key LIMIT {limit:UInt32}`,
    { ...parametersOf(scope), now, limit },
  );
  return due.parse(rows);
}

/** How many objects are not removed yet, due or not. */
export async function countSuperseded(database: RecordsDatabase, scope: SupersededScope): Promise<number> {
  const [row] = await database.select(`SELECT count() AS waiting ${UNREMOVED}`, parametersOf(scope));
  return count.parse(row).waiting;
}

function parametersOf({ projectId, integrationId, place }: SupersededScope) {
  return { project: projectId, integration: integrationId, place };
}
