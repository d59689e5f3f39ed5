import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { ClickHouseException } from './exceptions.ts';
import { sqlString } from './sql-tokens.ts';
import { MARKED, queryMarker } from './system-processes.ts';

/** A statement from its request to its end. */
export interface RunningQuery {
  readonly id: string;
  /** Why it was cancelled; undefined while nobody asked for it. */
  cancelled: ClickHouseException | undefined;
  /** Whether the end of its pipe means success to the engine: then the pipe must outlive the kill. */
  commitsAtEnd: boolean;
  /** Fires when the pipes of the statement have to go. */
  readonly abort: AbortController;
  /** Resolves when the engine has let go of it. */
  readonly ended: Promise<void>;
}

export interface RunningQueries {
  /**
   * Admits a statement. Throws 216 for an id that is running and 202 beyond the limit (which KILL does not count
   * against). Call `end` in any case.
   */
  begin(queryId: string, options?: { unlimited: boolean }): { query: RunningQuery; end: () => void };
  find(queryId: string): RunningQuery | undefined;
  /** Stops a statement in the engine; resolves when it has ended. */
  cancel(query: RunningQuery): Promise<void>;
  cancelAll(): Promise<void>;
}

const RETRY_MS = 50;

/** Keeps the statements of this process by the caller's query id. */
export function trackQueries(engine: Engine, limit: number): RunningQueries {
  const queries = new Map<string, RunningQuery>();

  async function cancel(query: RunningQuery): Promise<void> {
    if (query.cancelled !== undefined) return query.ended;
    query.cancelled = new ClickHouseException(394, 'Query was cancelled. (QUERY_WAS_CANCELLED)');
    const kill = `KILL QUERY WHERE startsWith(${MARKED}, ${sqlString(queryMarker(query.id))}) ASYNC`;
    while (queries.get(query.id) === query) {
      // First the kill, then the pipes: an INSERT whose pipe just ends would commit what it has read so far. Again and
      // again, because the statement may not have reached the engine yet.
      const killed = await engine.run({ prelude: [], sql: kill, format: 'TSV' }).then(
        ({ bytes }) => bytes.length > 0,
        () => false,
      );
      if (killed || !query.commitsAtEnd) query.abort.abort();
      await Promise.race([query.ended, delay(RETRY_MS)]);
    }
  }

  return {
    begin(queryId, options) {
      if (queries.has(queryId)) {
        const text = `Query with id = ${queryId} is already running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)`;
        throw new ClickHouseException(216, text);
      }
      if (queries.size >= limit && options?.unlimited !== true) {
        const text = `Too many simultaneous queries. Maximum: ${limit}. (TOO_MANY_SIMULTANEOUS_QUERIES)`;
        throw new ClickHouseException(202, text);
      }
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const abort = new AbortController();
      const query: RunningQuery = { id: queryId, cancelled: undefined, commitsAtEnd: false, abort, ended };
      queries.set(queryId, query);
      return {
        query,
        end: () => {
          queries.delete(queryId);
          resolve();
        },
      };
    },
    find: (queryId) => queries.get(queryId),
    cancel,
    async cancelAll() {
      await Promise.all([...queries.values()].map(cancel));
    },
  };
}
