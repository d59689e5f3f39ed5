import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { sourceFailure } from '../source/source-failures.ts';

/** Our own database; inserts and reads of one table are in a file of their own beside this one. */
export interface RecordsDatabase {
  /** Inserts rows whose fields are columns; an empty list does nothing. */
  insert(table: string, rows: readonly object[]): Promise<void>;
  /** Rows of a query that names tables as `{db}.table`. */
  select(query: string, parameters: Record<string, unknown>): Promise<unknown[]>;
}

/** Integrations' ids as every record carries them. */
export interface RecordScope {
  projectId: string;
  integrationId: string;
}

/** Its methods throw ExportError. */
export function openRecordsDatabase(client: ClickHouseClient, database: string): RecordsDatabase {
  async function withId<T>(work: (queryId: string) => Promise<T>): Promise<T> {
    const queryId = `records/${randomUUID()}`;
    try {
      return await work(queryId);
    } catch (error) {
      throw sourceFailure(error, { queryId });
    }
  }
  return {
    insert: (table, rows) =>
      withId(async (queryId) => {
        if (rows.length === 0) return;
        await client.insert({
          table: `${database}.${table}`,
          values: [...rows],
          format: 'JSONEachRow',
          query_id: queryId,
          clickhouse_settings: {
            // ISO texts such as 2026-03-01T10:00:00.000Z.
            date_time_input_format: 'best_effort',
            // Where the server's profile buffers inserts, "done" must still mean stored.
            wait_for_async_insert: 1,
          },
        });
      }),
    select: (query, parameters) =>
      withId(async (queryId) => {
        const result = await client.query({
          query: query.replaceAll('{db}', database),
          query_params: parameters,
          query_id: queryId,
          format: 'JSONEachRow',
          clickhouse_settings: { date_time_output_format: 'iso', output_format_json_quote_64bit_integers: 0 },
        });
        return await result.json();
      }),
  };
}
