import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { RecordsDatabase } from './database.ts';

const stored = z.object({ id: z.string().min(1) });

/** Workers that start together for the very first time see each other's id after this. */
const FIRST_START_MS = 1_500;

/** The id of this installation: made at its first start, the same for all workers of one exports database, for ever. */
export async function readInstallationId(database: RecordsDatabase): Promise<string> {
  const present = await oldest(database);
  if (present !== undefined) return present;
  await database.insert('installation', [{ id: randomUUID() }]);
  await sleep(FIRST_START_MS);
  const made = await oldest(database);
  if (made === undefined) throw new Error('the id of the installation was stored but cannot be read');
  return made;
}

async function oldest(database: RecordsDatabase): Promise<string | undefined> {
  const [row] = await database.select('SELECT id FROM {db}.installation ORDER BY created_at, id LIMIT 1', {});
  return row === undefined ? undefined : stored.parse(row).id;
}
