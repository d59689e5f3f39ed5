import { selectionOf } from '../activities/selection.ts';
import { conditionsOf, rowsOfPart } from '../activities/source/part-queries.ts';
import { CLICKHOUSE_FORMATS, commonSettings, formatSettings } from '../activities/source/settings.ts';
import type { Selection } from '../activities/source/source.ts';
import { DEFAULT_TABLES, resolveTable } from '../activities/source/source-table.ts';
import type { Window } from '../shared/activities.ts';
import type { Compression } from '../shared/config/integration.ts';
import type { DataSet } from './data-sets.ts';
import type { StreamOrder } from './stream-process.ts';
import { BENCH_BUCKET, type BenchWorld } from './world.ts';

/**
 * Lets ClickHouse write the same rows, columns and values into one object, in one query with as many threads and as much memory as
 * it likes. Returns seconds.
 */
export function insertIntoS3(
  world: BenchWorld,
  set: DataSet,
  { job, window }: StreamOrder,
  compression: Compression,
): Promise<number> {
  return insertSelection(world, set, {
    selection: selectionOf(job, 'events'),
    window,
    compression,
    name: job.integrationId,
  });
}

interface Insert {
  selection: Selection;
  window: Window;
  compression: Compression;
  /** Of the object. */
  name: string;
}

/** As `insertIntoS3`, for any selection of rows and columns; unordered. */
export async function insertSelection(
  { clickhouse, stack: { s3 } }: BenchWorld,
  { database }: DataSet,
  { selection, window, compression, name }: Insert,
): Promise<number> {
  const table = resolveTable(selection, {
    ...DEFAULT_TABLES,
    events: { full: `${database}.events_full`, core: `${database}.events_core` },
  });
  const day = { slice: { kind: 'range', from: window.start, to: window.end } } as const;
  const nothing = { table: '', scope: { projectId: '', integrationId: '' } };
  const { sql, params } = rowsOfPart(table, selection, conditionsOf(table, window, day, nothing));
  const select = sql.slice(0, sql.lastIndexOf('\nFORMAT '));
  const limits = { maxMemoryBytes: 0, maxExecutionSeconds: 0, maxThreads: 0 };
  const url = `${s3.url}/${BENCH_BUCKET}/native/${name}`;
  const place = [url, s3.accessKeyId, s3.secretAccessKey, CLICKHOUSE_FORMATS[selection.format], 'auto', compression];
  const begun = performance.now();
  await clickhouse.command({
    query: `INSERT INTO FUNCTION s3(${place.map((word) => `'${word}'`).join(', ')})\n${select}`,
    query_params: params,
    clickhouse_settings: {
      ...commonSettings(limits, table.definition.key.settings),
      ...formatSettings(selection.format),
      // What our streams give up so that they need little memory.
      max_threads: 0,
      output_format_parallel_formatting: 1,
    },
  });
  return (performance.now() - begun) / 1000;
}
