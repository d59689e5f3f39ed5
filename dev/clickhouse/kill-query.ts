import type { EngineResult } from './engine.ts';
import { sqlString } from './sql-tokens.ts';
import type { Statement } from './statement.ts';
import type { StatementRun } from './statement-run.ts';
import { PROCESSES_VIEW } from './system-processes.ts';

/**
 * `KILL QUERY WHERE …`: the condition selects from the view that knows the callers' query ids, the front cancels those.
 * The result lists them as ClickHouse does; SYNC waits until they have ended.
 */
export async function killQueries(
  run: StatementRun,
  statement: Extract<Statement, { kind: 'kill' }>,
  format: string,
): Promise<EngineResult> {
  const { engine, prelude, queries, query } = run;
  const matching = `${PROCESSES_VIEW} AS processes WHERE query_id != ${sqlString(query.id)} AND (${statement.condition}\n)`;
  const ids = await engine.run({ prelude, sql: `SELECT query_id FROM ${matching}`, format: 'JSONEachRow' });
  const targets = ids.bytes
    .toString()
    .split('\n')
    .flatMap((line) => /^\{"query_id":(".*")\}$/.exec(line)?.[1] ?? [])
    .flatMap((literal) => queries.find(String(JSON.parse(literal))) ?? []);
  const status = statement.sync ? 'finished' : 'waiting';
  const listed = targets.map((target) => sqlString(target.id)).join(', ');
  const list = `SELECT ${sqlString(status)} AS kill_status, query_id, user, query FROM ${matching}
    ${listed === '' ? 'AND 0' : `AND query_id IN (${listed})`}`;
  const result = await engine.run({ prelude, sql: list, format });
  if (statement.test) return result;
  const cancelled = Promise.all(targets.map((target) => queries.cancel(target)));
  if (statement.sync) await cancelled;
  return result;
}
