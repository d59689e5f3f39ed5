import { bigRowNumbers } from './big-texts.ts';
import type { RowVersion } from './events-rows.ts';
import { generateLegacyRows } from './generate-legacy-rows.ts';
import { insertRows } from './insert-rows.ts';
import { planSampleData, type SampleDataOptions, type SampleDataPlan } from './options.ts';
import { type Selection, selectShare } from './selection.ts';

export interface SampleDataResult {
  /** Distinct rows written; `rows − deleted` of them remain for a reader that takes the newest version. */
  rows: number;
  /** Rows of the table, all versions counted. */
  versions: number;
  deleted: number;
  seconds: number;
}

/** Rows a statement: 0.2 s of planning each, and 1 to 1.5 GB of the engine's memory (measured). */
const chunkRows = 200_000;
/** Big rows a statement: at most 40 MB of text. */
const chunkBigRows = 8;

async function insertFirstVersions(plan: SampleDataPlan, big: readonly number[]): Promise<void> {
  const where = big.length === 0 ? {} : { where: `n NOT IN (${big.join(',')})` };
  for (let first = 0; first < plan.rows; first += chunkRows) {
    const count = Math.min(chunkRows, plan.rows - first);
    await insertRows(plan, { first, count, total: plan.rows, ...where }, 'first');
  }
  for (let i = 0; i < big.length; i += chunkBigRows) {
    const where = `n IN (${big.slice(i, i + chunkBigRows).join(',')})`;
    await insertRows(plan, { first: 0, count: plan.rows, total: plan.rows, where }, 'first', 'big');
  }
}

/** Writes a later version of the selected rows. Big rows keep their only version. Returns how many were written. */
async function insertLaterVersions(
  plan: SampleDataPlan,
  big: readonly number[],
  selection: Selection,
  share: number,
  version: RowVersion,
): Promise<number> {
  const written = selection.count(plan.rows) - big.filter(selection.includes).length;
  if (written === 0) return 0;
  const step = Math.ceil(chunkRows / share);
  const without = big.length === 0 ? '' : ` AND n NOT IN (${big.join(',')})`;
  for (let first = 0; first < plan.rows; first += step) {
    const count = Math.min(step, plan.rows - first);
    const where = `${selection.condition('n')}${without}`;
    await insertRows(plan, { first, count, total: plan.rows, where }, version);
  }
  return written;
}

/**
 * Fills an events table with invented LLM traces. The engine makes the rows (INSERT … SELECT from hashes of seed and
 * row number), so the speed is the engine's and the memory of this process does not grow.
 *
 * Every row is written once; then, in later parts, newer versions of the updated ones and the deletions. Last come the legacy tables, where
 * they are asked for.
 * The rows depend on seed, project, number of rows and time range only: give `from` and `to` to get the same table again.
 */
export async function generateSampleData(options: SampleDataOptions): Promise<SampleDataResult> {
  const started = performance.now();
  const plan = planSampleData(options);
  const big = bigRowNumbers(plan.rows, plan.bigRows);
  await insertFirstVersions(plan, big);
  // Strides near 10,000 divided by the golden ratio, and by √2, spread a share evenly even over few rows.
  const updates = selectShare(plan.updatedShare, 6181, plan.seed % 10_000);
  const deletes = selectShare(plan.deletedShare, 7071, (plan.seed + 5_000) % 10_000);
  const updated = await insertLaterVersions(plan, big, updates, plan.updatedShare, 'updated');
  const deleted = await insertLaterVersions(plan, big, deletes, plan.deletedShare, 'deleted');
  if (options.legacy) {
    await generateLegacyRows({ ...options, until: new Date(Number(plan.toMicros / 1000n)) });
  }
  return {
    rows: plan.rows,
    versions: plan.rows + updated + deleted,
    deleted,
    seconds: (performance.now() - started) / 1000,
  };
}
