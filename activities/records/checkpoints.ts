import { z } from 'zod';
import { iso } from '../../shared/period.ts';
import type { RecordScope, RecordsDatabase } from './database.ts';

const stored = z.object({ sealed: z.string() });

/** @param savedAt epoch ms; the newest checkpoint wins */
export function insertCheckpoint(
  database: RecordsDatabase,
  { projectId, integrationId }: RecordScope,
  sealed: string,
  savedAt: number,
): Promise<void> {
  return database.insert('integration_checkpoints', [
    { project_id: projectId, integration_id: integrationId, sealed, saved_at: iso(savedAt) },
  ]);
}

/** The newest sealed checkpoint, or undefined when there is none. */
export async function newestCheckpoint(
  database: RecordsDatabase,
  { projectId, integrationId }: RecordScope,
): Promise<string | undefined> {
  const [row] = await database.select(
    `SELECT sealed FROM {db}.integration_checkpoints
WHERE project_id = {project:String} AND integration_id = {integration:String}
ORDER BY saved_at DESC LIMIT 1`,
    { project: projectId, integration: integrationId },
  );
  return row === undefined ? undefined : stored.parse(row).sealed;
}
