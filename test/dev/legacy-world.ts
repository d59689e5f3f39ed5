import { createTables, type RunCommand } from '../../dev/tables/create-tables.ts';
import { createWorld } from '../support/world.ts';

export const legacyTables = ['traces', 'observations', 'scores'];

/** A database with all tables, in which every version of a row stays. */
export interface LegacyWorld {
  /** For the generators. */
  target: { command: RunCommand; database: string };
  rows<T>(query: string): Promise<T[]>;
  /** The numbers of the only row of a SELECT. */
  numbers(query: string): Promise<Record<string, number>>;
  /** How many rows of either SELECT the other one lacks, each row as often as it comes. */
  differences(one: string, other: string): Promise<Record<string, number>>;
  cleanup(): Promise<void>;
}

export async function createLegacyWorld(): Promise<LegacyWorld> {
  const world = await createWorld();
  const { client, database } = world.clickhouse;
  const command: RunCommand = (query) => client.command({ query });
  await createTables({ command, database });
  // A merge in the background would take the older versions away while they are compared.
  for (const table of ['events_full', ...legacyTables]) await command(`SYSTEM STOP MERGES ${database}.${table}`);
  async function rows<T>(query: string): Promise<T[]> {
    return (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  }
  async function numbers(query: string): Promise<Record<string, number>> {
    const [row] = await rows<Record<string, number | string>>(query);
    return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
  }
  return {
    target: { command, database },
    rows,
    numbers,
    differences: (one, other) =>
      numbers(`SELECT (SELECT count() FROM (${one} EXCEPT ALL ${other})) AS missing,
        (SELECT count() FROM (${other} EXCEPT ALL ${one})) AS added`),
    cleanup: world.cleanup,
  };
}
