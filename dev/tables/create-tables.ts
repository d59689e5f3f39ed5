import { eventsCoreTable, eventsCoreView, eventsFullTable } from './events.ts';
import { observationsTable, scoresTable, tracesTable } from './legacy.ts';

/** Runs one SQL statement that returns no rows, for instance `(query) => client.command({ query })`. */
export type RunCommand = (sql: string) => Promise<unknown>;

/**
 * Creates the database (if missing) and in it the tables that the product reads: `events_full`, `events_core` with the
 * materialized view that fills it, and the legacy tables. What exists stays as it is.
 *
 * @param database a plain identifier; it is written into the statements unquoted
 */
export async function createTables(target: { command: RunCommand; database: string }): Promise<void> {
  const { command, database } = target;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) throw new Error(`not a plain database name: ${database}`);
  await command(`CREATE DATABASE IF NOT EXISTS ${database}`);
  for (const table of [eventsFullTable, eventsCoreTable, eventsCoreView, tracesTable, observationsTable, scoresTable]) {
    await command(table(database));
  }
}
