import { z } from 'zod';
import { generateSampleData } from '../dev/sample-data/generate-sample-data.ts';
import { createTables } from '../dev/tables/create-tables.ts';
import { DAY, HOUR } from '../shared/period.ts';
import type { BenchWorld } from './world.ts';

export const PROJECT = 'bench';
/** `[from, to)` in epoch ms. */
export interface Span {
  from: number;
  to: number;
}

/** Rows of one project in a database of their own. */
export interface DataSet extends Span {
  database: string;
}

/** One day, long closed. */
const BUSY_DAY: Span = { from: Date.UTC(2025, 2, 10), to: Date.UTC(2025, 2, 11) };

/** `rows` sample rows within one day. */
export function busyDay(world: BenchWorld, rows: number): Promise<DataSet> {
  const set = { database: `day_${rows}`, ...BUSY_DAY };
  return ensure(world, set, () => fill(world, set, rows));
}

/** `periods` hours up to the first of this month with about `rowsEach` rows in each. */
export function smallHours(world: BenchWorld, periods: number, rowsEach: number): Promise<DataSet> {
  const to = recentMonth();
  const set = { database: `hours_${periods}_${rowsEach}_${dayOf(to)}`, from: to - periods * HOUR, to };
  return ensure(world, set, () => fill(world, set, periods * rowsEach));
}

/** `periods` hours up to the first of this month; the first and others at equal distances, `busy` in all, have about `rowsEach` rows. */
export function sparseHours(
  world: BenchWorld,
  { periods, busy, rowsEach }: { periods: number; busy: number; rowsEach: number },
): Promise<DataSet> {
  const to = recentMonth();
  const set = { database: `sparse_${periods}_${busy}_${rowsEach}_${dayOf(to)}`, from: to - periods * HOUR, to };
  return ensure(world, set, async () => {
    const staging = { database: `${set.database}_staging`, from: set.from, to: set.from + busy * HOUR };
    await createTables({ command: commandOf(world), database: staging.database });
    await fill(world, staging, busy * rowsEach);
    // Hour n of the staging table becomes hour n × step: all times of a row move by the same.
    const step = Math.floor(periods / busy);
    const hour = `intDiv(toUnixTimestamp64Milli(start_time) - ${set.from}, ${HOUR})`;
    const moved = ['start_time', 'created_at', 'updated_at', 'event_ts'].map(
      (column) => `${column} + toIntervalHour(${hour} * ${step - 1}) AS ${column}`,
    );
    const movedEnd = `end_time + toIntervalHour(${hour} * ${step - 1}) AS end_time`;
    await world.clickhouse.command({
      query: `INSERT INTO ${set.database}.events_full
        SELECT * REPLACE (${[...moved, movedEnd].join(', ')}) FROM ${staging.database}.events_full
        SETTINGS max_partitions_per_insert_block = 0, prefer_column_name_to_alias = 1`,
    });
    await world.clickhouse.command({ query: `DROP DATABASE ${staging.database} SYNC` });
  });
}

export function commandOf({ clickhouse }: BenchWorld): (query: string) => Promise<unknown> {
  return (query) => clickhouse.command({ query });
}

/** The first row of a query, checked. */
export async function readRow<T>({ clickhouse }: BenchWorld, row: z.ZodType<T>, query: string): Promise<T> {
  const result = await clickhouse.query({ query, format: 'JSONEachRow' });
  const [first] = await result.json();
  return row.parse(first);
}

/** Rows that a reader of the newest versions sees. */
export async function countRows(world: BenchWorld, { database }: DataSet): Promise<number> {
  const counted = z.object({ rows: z.coerce.number() });
  return (await readRow(world, counted, `SELECT count() AS rows FROM ${database}.events_full FINAL`)).rows;
}

async function fill(world: BenchWorld, { database, from, to }: DataSet, rows: number): Promise<void> {
  await generateSampleData({
    command: commandOf(world),
    database,
    projectId: PROJECT,
    rows,
    from: new Date(from),
    to: new Date(to),
  });
}

/** Makes a data set unless an earlier run has finished it; a database `<name>_complete` says so. */
async function ensure(world: BenchWorld, set: DataSet, make: () => Promise<void>): Promise<DataSet> {
  const command = commandOf(world);
  const { database } = set;
  const mark = `${database}_complete`;
  const present = await readRow(
    world,
    z.object({ found: z.coerce.number() }),
    `SELECT count() AS found FROM system.databases WHERE name = '${mark}'`,
  );
  if (present.found === 0) {
    world.log(`  making the data set ${database} …`);
    await command(`DROP DATABASE IF EXISTS ${database} SYNC`);
    await createTables({ command, database });
    await make();
    await command(`CREATE DATABASE ${mark}`);
  }
  return set;
}

/** The first of the month in which everything is older than the border between history and live rows. */
function recentMonth(): number {
  const settled = new Date(Date.now() - 4 * DAY);
  return Date.UTC(settled.getUTCFullYear(), settled.getUTCMonth(), 1);
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10).replaceAll('-', '');
}
