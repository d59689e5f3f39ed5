import type { RunCommand } from '../tables/create-tables.ts';
import { textIndexNames } from '../tables/events.ts';
import { withBigInput } from './big-texts.ts';
import { createDice } from './dice.ts';
import { insertEvents, type RowVersion } from './events-rows.ts';
import { spanRows } from './span-rows.ts';
import { textRows } from './texts.ts';
import { type RowNumbers, type TimeRange, traceRows } from './trace-rows.ts';

/** The data set that a statement writes a piece of. */
export interface SampleDataSet extends TimeRange {
  command: RunCommand;
  /** `database.table` */
  target: string;
  seed: number;
  projectId: string;
  lateShare: number;
}

const settings = [
  // All rows of a statement differ in their sort key: nothing to replace yet, and the attempt takes a third of the time.
  'optimize_on_insert = 0',
  // Full-text indexes are left to the merges; searches work without them.
  `exclude_materialize_skip_indexes_on_insert = '${textIndexNames.join(',')}'`,
  // Small blocks, so that both threads of a small machine have work; each writes parts of this many rows.
  'max_block_size = 16384',
  'max_insert_threads = 2',
  'parallel_view_processing = 1',
  'min_insert_block_size_rows = 100000',
  'min_insert_block_size_bytes = 0',
  // Compiling the expressions takes 0.1 s a statement and gains less than that.
  'compile_expressions = 0',
  // A chunk that spans years is one statement all the same.
  'max_partitions_per_insert_block = 0',
].join(', ');

/** Writes one version of the rows with these numbers, in one statement. */
export async function insertRows(
  set: SampleDataSet,
  numbers: RowNumbers,
  version: RowVersion,
  size: 'usual' | 'big' = 'usual',
): Promise<void> {
  const dice = createDice(`${set.seed}/${set.projectId}`);
  const spans = spanRows(dice, traceRows(dice, numbers, set), set, set.lateShare);
  const texts = textRows(dice, spans, version === 'first' ? 0 : 1);
  const rows = size === 'big' ? withBigInput(dice, texts) : texts;
  await set.command(`${insertEvents(dice, rows, { ...set, version })}\nSETTINGS ${settings}`);
}
