import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readManifests } from '../dev/demo/verify.ts';
import type { Format } from '../shared/config/integration.ts';
import { integrationFolder } from '../shared/names.ts';
import { busyDay, countRows, type DataSet, PROJECT, readRow } from './data-sets.ts';
import { runIntegration } from './integration-run.ts';
import type { BenchOptions } from './options.ts';
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
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
  const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
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

/** Looks at the running queries a few times a second; `stop` returns the most memory that one of them used. */
function watchQueries(world: BenchWorld): { stop(): Promise<number> } {
  const row = z.object({ peak: z.coerce.number() });
  let most = 0;
  let stopped = false;
  const watching = (async () => {
    for (; !stopped; await sleep(200)) {
      const { peak } = await readRow(
        world,
        row,
        "SELECT max(peak_memory_usage) AS peak FROM system.processes WHERE query LIKE '%events_full%'",
      );
      most = Math.max(most, peak);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return most;
    },
  };
}
