import type { RunCommand } from '../tables/create-tables.ts';
import { insertObservations, insertTraces, type LegacySet } from './legacy-rows.ts';
import { insertScores } from './score-rows.ts';

export interface LegacyRowsOptions {
  /** Runs one statement; called one after the other. */
  command: RunCommand;
  database: string;
  /** The events table that is read. Default `events_full`. */
  table?: string;
  /** Default `demo`. */
  projectId?: string;
  /**
   * Carries over only versions whose `updated_at` is this instant or later, and scores only their traces. For small batches:
   * what is older is not read. Default: all.
   */
  writtenSince?: Date;
  /** The "now" of the data: no score is written after it. Default: the present. */
  until?: Date;
}

const settings = [
  // Versions of a row may come in one statement, and all of them have to be there.
  'optimize_on_insert = 0',
  'max_insert_threads = 2',
  // Rows that spread over years are one statement all the same.
  'max_partitions_per_insert_block = 0',
].join(', ');

/**
 * Fills the legacy tables `traces`, `observations` and `scores` from the events of a project, inside the engine.
 *
 * Every version of a span becomes a version of its observation, every version of a root span also one of its trace, with the same
 * `created_at`, `updated_at`, `event_ts` (cut to milliseconds) and `is_deleted`. Of versions within one millisecond only the last one
 * comes. So a reader of the newest versions sees as many observations as events, and one trace for each root (for each day of its
 * roots, should a trace have several). What stands there already is left out, so that it can be called again after new events;
 * versions that the engine has merged away in a legacy table but not in the events table come back, to be merged away again.
 *
 * About one in ten traces and one in forty generations get one to three scores; who gets which follows from the ids alone. Scores
 * of deleted spans stay.
 */
export async function generateLegacyRows(options: LegacyRowsOptions): Promise<void> {
  const { command, database, projectId = 'demo', until = new Date() } = options;
  const set: LegacySet = {
    events: `${database}.${options.table ?? 'events_full'}`,
    database,
    projectId,
    writtenSince: options.writtenSince?.getTime(),
  };
  for (const insert of [insertTraces(set), insertObservations(set), insertScores(set, until.getTime())]) {
    await command(`${insert}\nSETTINGS ${settings}`);
  }
}
