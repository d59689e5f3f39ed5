import { openSourceWorld, type SourceWorld } from './source-world.ts';

/** The first day of the rows. */
export const START = Date.UTC(2026, 3, 1);
/** Later than every row was written. */
export const FAR = '2100-01-01T00:00:00.000Z';

/** 20,000 rows in ten days, 2,000 of them in one minute; 500 of them changed on 20 April in 500 minutes of the past. */
export async function openPlanningWorld(): Promise<SourceWorld> {
  const own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  const insert = (rows: string) =>
    own.command(
      `INSERT INTO ${database}.events_full (project_id, trace_id, span_id, start_time, updated_at, event_ts, event_bytes, input) ${rows}`,
    );
  const time = (seconds: string) => `toDateTime64('2026-04-01 00:00:00', 6, 'UTC') + ${seconds}`;
  await insert(
    `SELECT '${projectId}', concat('t', toString(number)), toString(number), ${time('number * 48')}, ${time('number * 48 + 5')}, ${time('number * 48')}, 1000, repeat('x', 300) FROM numbers(18000)`,
  );
  await insert(
    `SELECT '${projectId}', concat('t', toString(number)), concat('burst', toString(number)), ${time('86400.25')}, ${time('86405')}, ${time('86400')}, 0, 'y' FROM numbers(2000)`,
  );
  await insert(
    `SELECT '${projectId}', concat('t', toString(n)), toString(n), ${time('n * 48')}, toDateTime64('2026-04-20 00:00:00', 6, 'UTC') + number, ${time('n * 48 + 99')}, 1000, 'z' FROM (SELECT number, number * 30 AS n FROM numbers(500))`,
  );
  await insert(
    `SELECT '${projectId}', 't', concat('odd', toString(number)), toDateTime64('2250-01-01 00:00:00', 6, 'UTC'), ${time('0')}, ${time('0')}, 1000, '' FROM numbers(3)`,
  );
  return own;
}
