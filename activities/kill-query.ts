import type { ClickHouseClient } from '@clickhouse/client';

const PATIENCE_MS = 5_000;

/**
 * Ends a query that an attempt which died has left running, so that it does not take ClickHouse's memory and places from its
 * successor. Never throws: the query may have ended by itself, or the right to kill may be missing.
 */
export async function killQuery(client: ClickHouseClient, queryId: string): Promise<void> {
  await client
    .command({
      query: 'KILL QUERY WHERE query_id = {query_id:String} ASYNC',
      query_params: { query_id: queryId },
      abort_signal: AbortSignal.timeout(PATIENCE_MS),
    })
    .catch(() => undefined);
}
