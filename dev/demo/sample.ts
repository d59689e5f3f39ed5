import type { ClickHouseClient } from '@clickhouse/client';
import { DAY, HOUR, MINUTE } from '../../shared/period.ts';
import { IS_ROOT } from '../../shared/sources/events-expressions.ts';
import { generateLegacyRows } from '../sample-data/generate-legacy-rows.ts';
import { generateSampleData } from '../sample-data/generate-sample-data.ts';
import { createTables } from '../tables/create-tables.ts';

export const DEMO_PROJECT = 'demo';
export const DEMO_DATABASE = 'default';

/** Creates the tables and, where the project has no events yet, the sample events; from them the rows of the legacy tables. */
export async function prepareSample(
  clickhouse: ClickHouseClient,
  { rows, days }: { rows: number; days: number },
  log: (line: string) => void,
): Promise<void> {
  const command = (query: string) => clickhouse.command({ query });
  await createTables({ command, database: DEMO_DATABASE });
  if ((await countEvents(clickhouse)).rows > 0) {
    log('sample events: there already, going on with them');
    // A start that was interrupted, or one of a version that knew no legacy tables, has not filled them.
    await generateLegacyRows({ command, database: DEMO_DATABASE, projectId: DEMO_PROJECT });
    return;
  }
  // Everything lies in hours that are closed and settled, so that all of it can be exported at once.
  const to = new Date(lastClosedHour(Date.now()));
  const from = new Date(to.getTime() - days * DAY);
  const made = await generateSampleData({
    command,
    database: DEMO_DATABASE,
    projectId: DEMO_PROJECT,
    rows,
    from,
    to,
    legacy: true,
  });
  log(
    `sample events: ${made.rows} rows (${made.versions} versions, ${made.deleted} deleted) in ${made.seconds.toFixed(1)} s`,
  );
}

/** End of the last hour that has been over for so long that it may be exported: 20 minutes, and some for the start. Both in epoch ms. */
export function lastClosedHour(now: number): number {
  return Math.floor((now - 25 * MINUTE) / HOUR) * HOUR;
}

/** Rows that a reader of the table sees, of those written before an instant, and how many of them are roots of their traces. */
export async function countEvents(
  clickhouse: ClickHouseClient,
  updatedBefore = new Date('2106-01-01'),
): Promise<{ rows: number; roots: number }> {
  const result = await clickhouse.query({
    query: `SELECT count() AS rows, countIf(${IS_ROOT}) AS roots FROM ${DEMO_DATABASE}.events_full AS e FINAL
      WHERE e.project_id = {project:String} AND e.updated_at < fromUnixTimestamp64Milli({before:Int64})`,
    query_params: { project: DEMO_PROJECT, before: updatedBefore.getTime() },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ rows: string | number; roots: string | number }>();
  return { rows: Number(row?.rows ?? 0), roots: Number(row?.roots ?? 0) };
}

/** `<trace id>/<span id>` of the rows whose newest version was written at an instant or later: those that `countEvents` leaves out. */
export async function keysWrittenSince(clickhouse: ClickHouseClient, instant: Date): Promise<Set<string>> {
  const result = await clickhouse.query({
    query: `SELECT concat(e.trace_id, '/', e.span_id) AS key FROM ${DEMO_DATABASE}.events_full AS e FINAL
      WHERE e.project_id = {project:String} AND e.updated_at >= fromUnixTimestamp64Milli({instant:Int64})`,
    query_params: { project: DEMO_PROJECT, instant: instant.getTime() },
    format: 'JSONEachRow',
  });
  return new Set((await result.json<{ key: string }>()).map(({ key }) => key));
}
