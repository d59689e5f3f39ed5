import { readManifests } from '../dev/demo/verify.ts';
import type { Format } from '../shared/config/integration.ts';
import { integrationFolder } from '../shared/names.ts';
import { busyDay, countRows, type DataSet, PROJECT } from './data-sets.ts';
import { runIntegration } from './integration-run.ts';
import type { BenchOptions } from './options.ts';
import { peakMemoryOf, watchQueries } from './peak-memory.ts';
import type { Figure, Outcome } from './report.ts';
import { BENCH_BUCKET, type BenchWorld } from './world.ts';

/** What one ClickHouse query may use. */
const QUERY_BYTES = 512_000_000;
const FORMATS: Format[] = ['jsonl', 'parquet'];
const MB = 1_000_000;

/** Peak memory of a worker, each time a new one, that exports one day of few and of many rows. */
export async function memory(world: BenchWorld, { rows }: BenchOptions): Promise<Outcome> {
  const few = await busyDay(world, rows / 10);
  const many = await busyDay(world, rows);
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const format of FORMATS) {
    const small = await peakOf(world, few, format, notes);
    const large = await peakOf(world, many, format, notes);
    figures.push(
      { what: `${format}: worker's peak, a tenth of the rows`, value: small.worker / MB, unit: 'MB' },
      {
        what: `${format}: worker's peak, all rows`,
        value: large.worker / MB,
        unit: 'MB',
        target: { atMost: 450 },
      },
      { what: `${format}: ratio`, value: large.worker / small.worker, unit: '×', target: { atMost: 1.2 } },
      {
        what: `${format}: most memory of one query`,
        value: Math.max(small.query, large.query) / MB,
        unit: 'MB',
        target: { atMost: QUERY_BYTES / MB },
      },
      {
        what: `${format}: parts that were split or tried again`,
        value: small.troubles + large.troubles,
        unit: '',
        target: { atMost: 0 },
      },
    );
  }
  return { figures, notes };
}

async function peakOf(world: BenchWorld, set: DataSet, format: Format, notes: string[]) {
  const integrationId = `${format}-${set.database}`;
  const worker = await world.startWorker(set.database, { MAX_MEMORY_USAGE: String(QUERY_BYTES) });
  const queries = watchQueries(world);
  const { view, seconds } = await runIntegration(world, integrationId, { frequency: 'daily', format });
  const query = await queries.stop();
  const peak = await peakMemoryOf(worker.pid);
  await worker.stop();

  const folder = integrationFolder({ prefix: '', projectId: PROJECT, integrationId });
  const { rows, files, manifests } = await readManifests(world.s3, BENCH_BUCKET, folder);
  const troubles = manifests
    .flatMap((manifest) => manifest.files)
    .filter(({ key, attempt }) => attempt > 1 || /\.p\d+-/.test(key)).length;
  const expected = await countRows(world, set);
  const failure = view.lastError === undefined ? '' : `; last error: ${view.lastError.message}`;
  const complete = rows === expected ? 'all' : `NOT the ${expected}`;
  notes.push(`${integrationId}: ${rows} rows (${complete}) in ${files} files, ${seconds.toFixed(1)} s${failure}`);
  return { worker: peak, query, troubles };
}
