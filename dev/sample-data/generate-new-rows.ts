import type { RunCommand } from '../tables/create-tables.ts';
import { generateLegacyRows } from './generate-legacy-rows.ts';
import { insertRows } from './insert-rows.ts';
import { textLiteral } from './literals.ts';

export interface NewRowsOptions {
  command: RunCommand;
  database: string;
  /** Default `events_full`. */
  table?: string;
  /** Default `demo`. */
  projectId?: string;
  /** Default 20. */
  rows?: number;
  /** How many rows of the last hour get a newer version, if there are so many. Default 3. */
  updates?: number;
  /** Default: the present. Also the seed: two batches at the same millisecond are the same rows. */
  now?: Date;
  /** Whether they come into the legacy tables too. Default false. */
  legacy?: boolean;
}

/** The traces of a batch lie in this time before it. */
const batchSeconds = 90;

/**
 * Writes a small batch of traces that have just ended, and changes a few rows of the last hour, as a live application
 * does all the time.
 */
export async function generateNewRows(options: NewRowsOptions): Promise<{ rows: number }> {
  const { command, database, rows = 20, updates = 3, projectId = 'demo', now = new Date() } = options;
  const target = `${database}.${options.table ?? 'events_full'}`;
  const toMicros = BigInt(now.getTime()) * 1000n;
  const seconds = (count: number): bigint => BigInt(count) * 1_000_000n;
  if (updates > 0) {
    const instant = (micros: bigint): string => `fromUnixTimestamp64Micro(toInt64(${micros}))`;
    await command(`INSERT INTO ${target}
SELECT * REPLACE (
  'WARNING' AS level,
  'checked again' AS status_message,
  arrayDistinct(arrayPushBack(tags, 'reviewed')) AS tags,
  ${instant(toMicros)} AS updated_at,
  ${instant(toMicros)} AS event_ts
)
FROM ${target} AS e FINAL
WHERE e.project_id = ${textLiteral(projectId)} AND e.start_time >= ${instant(toMicros - seconds(3600))}
  AND e.start_time < ${instant(toMicros)} AND e.event_ts < ${instant(toMicros)}
ORDER BY cityHash64(e.span_id, ${now.getTime()})
LIMIT ${updates}`);
  }
  if (rows > 0) {
    const set = {
      command,
      target,
      projectId,
      lateShare: 0,
      seed: now.getTime(),
      fromMicros: toMicros - seconds(batchSeconds),
      toMicros,
    };
    await insertRows(set, { first: 0, count: rows, total: rows }, 'first');
  }
  if (options.legacy) {
    // A span of the batch can have been written as soon as its time range began.
    const writtenSince = new Date(now.getTime() - batchSeconds * 1000);
    await generateLegacyRows({ ...options, writtenSince, until: now });
  }
  return { rows };
}
