import { generateSampleData } from '../dev/sample-data/generate-sample-data.ts';
import { createTables } from '../dev/tables/create-tables.ts';
import { commandOf } from './data-sets.ts';
import type { Outcome } from './report.ts';
import type { BenchWorld } from './world.ts';

const ROWS = 400_000;

/** How fast sample rows are made; the first statement is slower and not counted. */
export async function generate(world: BenchWorld): Promise<Outcome> {
  const command = commandOf(world);
  const database = 'generated';
  await command(`DROP DATABASE IF EXISTS ${database} SYNC`);
  await createTables({ command, database });
  const to = new Date(Date.UTC(2025, 2, 11));
  await generateSampleData({ command, database, rows: 1_000, to, projectId: 'warm-up' });
  const made = await generateSampleData({ command, database, rows: ROWS, to });
  await command(`DROP DATABASE ${database} SYNC`);
  const rate = made.rows / made.seconds;
  return {
    figures: [{ what: 'sample rows a second', value: rate, unit: 'rows/s', target: { atLeast: 100_000 } }],
    notes: [`${made.versions} versions of ${made.rows} rows in ${made.seconds.toFixed(1)} s, into both events tables`],
  };
}
