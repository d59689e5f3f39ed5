/** What is sent to the emulated vendors, and whether all of it has arrived. */
import { z } from 'zod';
import type { Window } from '../shared/activities.ts';
import { integrationInputSchema } from '../shared/config/integration.ts';
import { mapSecrets } from '../shared/config/secrets.ts';
import { iso } from '../shared/period.ts';
import { createSealer } from '../shared/sealed.ts';
import { IS_ROOT } from '../shared/sources/events-expressions.ts';
import { type DataSet, PROJECT, readRow } from './data-sets.ts';
import type { Received, Vendor } from './emulated-vendors.ts';
import type { StreamAnswer, StreamOrder } from './stream-process.ts';
import type { BenchWorld } from './world.ts';

/** What a reader of the newest versions sees: a root row is two events. */
export interface Expected {
  rows: number;
  events: number;
}

export async function expectedOf(world: BenchWorld, { database }: DataSet): Promise<Expected> {
  const counted = z.object({ rows: z.coerce.number(), roots: z.coerce.number() });
  const query = `SELECT count() AS rows, countIf(${IS_ROOT}) AS roots FROM ${database}.events_full AS e FINAL`;
  const { rows, roots } = await readRow(world, counted, query);
  return { rows, events: rows + roots };
}

/** `all`, or what is wrong. */
export function completeness(
  expected: Expected,
  { rows, rejected }: Pick<StreamAnswer, 'rows' | 'rejected'>,
  { different, dropped, changed }: Received,
): string {
  const faults = [
    rows + rejected !== expected.rows && `NOT the ${expected.rows}: ${rejected} rejected`,
    rejected === 0 && different !== expected.events && `NOT the ${expected.events} events`,
    ...Object.entries({ dropped, changed }).map(
      ([what, reasons]) => Object.keys(reasons).length > 0 && `${what}: ${Object.keys(reasons).join(', ')}`,
    ),
  ].filter((fault) => fault !== false);
  return faults.length === 0 ? 'all' : faults.join('; ');
}

/** All rows of a time range to a vendor. @param name of the integration, each with revisions of its own */
export function orderOf(
  { stack: { secrets } }: BenchWorld,
  { destination }: Vendor,
  { from, to }: Pick<DataSet, 'from' | 'to'>,
  name: string,
): StreamOrder {
  const owner = { projectId: PROJECT, integrationId: `${destination.kind}-${name}` };
  const sealer = createSealer(secrets.encryptionKey);
  const input = integrationInputSchema.parse({ name, frequency: 'daily', destination });
  const config = mapSecrets(input, (secret) => sealer.seal(secret, owner));
  const window: Window = { axis: 'event', start: iso(from), end: iso(to), updatedBefore: iso(Date.now()) };
  return { job: { ...owner, configVersion: 1, config }, window };
}
