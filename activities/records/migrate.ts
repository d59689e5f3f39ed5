import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { z } from 'zod';
import { sourceFailure } from '../source/source-failures.ts';
import { MIGRATION_STEPS } from './tables.ts';

/** The exports database cannot be used; message and remedy are for the operator who reads the worker's first lines. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

const UNKNOWN_TABLE = '60';
const UNKNOWN_DATABASE = '81';
const ACCESS_DENIED = '497';

const appliedSteps = z.array(z.object({ step: z.number() }));

/**
 * Creates our database and brings its tables up to date. Steps that were applied before are skipped, so a user without the right to
 * create will do once an administrator has run them.
 *
 * @returns the names of the steps that were applied now
 * @throws MigrationError with the GRANT that is missing, ExportError when ClickHouse is out of reach
 */
export async function migrate(client: ClickHouseClient, database: string, user = 'the user'): Promise<string[]> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) throw new MigrationError(`not a plain database name: ${database}`);
  try {
    const applied = await readApplied(client, database);
    const missing = [...MIGRATION_STEPS.entries()].filter(([index]) => !applied.has(index + 1));
    if (missing.length === 0) return [];
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
    await client.command({ query: bookkeeping(database) });
    for (const [index, { name, statement }] of missing) {
      await client.command({ query: statement(database) });
      await client.insert({
        table: `${database}.schema_migrations`,
        values: [{ step: index + 1, name }],
        columns: ['step', 'name'],
        format: 'JSONEachRow',
      });
    }
    return missing.map(([, { name }]) => name);
  } catch (error) {
    if (error instanceof ClickHouseError && error.code === ACCESS_DENIED) {
      throw new MigrationError(
        `ClickHouse does not let ${user} create or use the database "${database}". As an administrator run: ` +
          `GRANT CREATE DATABASE, CREATE TABLE, ALTER TABLE, SELECT, INSERT ON ${database}.* TO ${user}`,
        { cause: error },
      );
    }
    throw sourceFailure(error, { queryId: 'of the migration' });
  }
}

async function readApplied(client: ClickHouseClient, database: string): Promise<Set<number>> {
  try {
    const result = await client.query({
      query: `SELECT DISTINCT step FROM ${database}.schema_migrations`,
      format: 'JSONEachRow',
    });
    return new Set(appliedSteps.parse(await result.json()).map(({ step }) => step));
  } catch (error) {
    const absent =
      error instanceof ClickHouseError && (error.code === UNKNOWN_TABLE || error.code === UNKNOWN_DATABASE);
    if (absent) return new Set();
    throw error;
  }
}

function bookkeeping(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.schema_migrations (
  step UInt32,
  name String,
  applied_at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree
ORDER BY step`;
}
