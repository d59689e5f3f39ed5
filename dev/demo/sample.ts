import type { ClickHouseClient } from '@clickhouse/client';
import { DAY, HOUR, MINUTE } from '../../shared/period.ts';
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
  if ((await countEvents(clickhouse)) > 0) {
    log('sample events: there already, going on with them');
    // A start that was interrupted, or one of a version that knew no legacy tables, has not filled them.
    await generateLegacyRows({ command, database: DEMO_DATABASE, projectId: DEMO_PROJECT });
    return;
  }
  // Everything lies in hours that are closed and settled, so that all of it can be exported at once.
  const to = new Date(Math.floor((Date.now() - 25 * MINUTE) / HOUR) * HOUR);
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

/** Rows that a reader of the table sees, of those written before an instant. */
export async function countEvents(
  clickhouse: ClickHouseClient,
  updatedBefore = new Date('2106-01-01'),
): Promise<number> {
  const result = await clickhouse.query({
    query: `SELECT count() AS rows FROM ${DEMO_DATABASE}.events_full AS e FINAL
      WHERE e.project_id = {project:String} AND e.updated_at < fromUnixTimestamp64Milli({before:Int64})`,
    query_params: { project: DEMO_PROJECT, before: updatedBefore.getTime() },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ rows: string | number }>();
  return Number(row?.rows ?? 0);
}
