import { setTimeout as sleep } from 'node:timers/promises';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { Selection } from '../activities/source/source.ts';
import { downloadVariables } from '../dev/demo/downloads.ts';
import type { Window } from '../shared/activities.ts';
import type { BatchExportInput } from '../shared/batch-export.ts';
import type { Filter } from '../shared/filters/filter.ts';
import { iso } from '../shared/period.ts';
import { COLUMN_GROUPS } from '../shared/sources/catalog.ts';
import { busyDay, type DataSet, PROJECT } from './data-sets.ts';
import { insertSelection } from './native-insert.ts';
import type { BenchOptions } from './options.ts';
import { peakMemoryOf, watchQueries } from './peak-memory.ts';
import { median, type Outcome } from './report.ts';
import { BENCH_BUCKET, type BenchWorld } from './world.ts';

/** What one ClickHouse query may use. */
const QUERY_BYTES = 512_000_000;
const SMALL_EXPORTS = 20;
const MB = 1_000_000;

/** True for nearly all sample rows, so that the filter costs what filters cost and the file is still large. */
const FILTERS: Filter[] = [{ column: 'level', type: 'stringOptions', operator: 'none of', value: ['WARNING'] }];

const SELECTION: Selection = {
  projectId: PROJECT,
  source: 'events',
  columnGroups: COLUMN_GROUPS,
  format: 'csv',
  csv: { bom: false, formulaGuard: true },
  filters: FILTERS,
};

/** Downloads as people click them: a filtered CSV in the table's order, and small ones. */
export async function downloads(world: BenchWorld, { rows, rounds }: BenchOptions): Promise<Outcome> {
  const few = await busyDay(world, rows / 10);
  const many = await busyDay(world, rows);
  const small = await largeOnes(world, few, 1);
  const large = await largeOnes(world, many, rounds);
  const quick = await smallOnes(world, few);
  const own = median(large.seconds);
  const native = median(large.native);
  return {
    figures: [
      {
        what: `filtered CSV: ${own.toFixed(2)} s, ClickHouse itself, unordered ${native.toFixed(2)} s`,
        value: native / own,
        unit: '×',
        target: { atLeast: 0.5 },
      },
      { what: "worker's peak, a tenth of the rows", value: small.worker / MB, unit: 'MB' },
      { what: "worker's peak, all rows", value: large.worker / MB, unit: 'MB', target: { atMost: 450 } },
      { what: 'ratio', value: large.worker / small.worker, unit: '×', target: { atMost: 1.2 } },
      {
        what: 'most memory of one query',
        value: Math.max(small.query, large.query) / MB,
        unit: 'MB',
        target: { atMost: QUERY_BYTES / MB },
      },
      {
        what: 'from the click to an upload in the bucket',
        value: median(large.firstByte),
        unit: 's',
        target: { atMost: 3 },
      },
      {
        what: `${SMALL_EXPORTS} exports of up to 1,000 rows, median`,
        value: median(quick),
        unit: 's',
        target: { atMost: 2 },
      },
    ],
    notes: [`all rows: ${large.rows} rows, ${(large.bytes / MB).toFixed(0)} MB`],
  };
}

async function largeOnes(world: BenchWorld, set: DataSet, rounds: number) {
  const worker = await world.startWorker(set.database, {
    MAX_MEMORY_USAGE: String(QUERY_BYTES),
    ...downloadVariables(world.stack.s3, BENCH_BUCKET),
  });
  const seconds: number[] = [];
  const firstByte: number[] = [];
  const native: number[] = [];
  let rows = 0;
  let bytes = 0;
  let query = 0;
  for (let round = 0; round < rounds; round += 1) {
    const queries = watchQueries(world);
    const done = await download(world, { format: 'csv', filters: FILTERS });
    query = Math.max(query, await queries.stop());
    ({ rows, bytes } = done);
    seconds.push(done.seconds);
    if (done.firstByte !== undefined) firstByte.push(done.firstByte);
    const window: Window = { axis: 'event', start: iso(set.from), end: iso(set.to) };
    native.push(
      await insertSelection(world, set, {
        selection: SELECTION,
        window,
        compression: 'none',
        name: `csv-${set.database}-${round}`,
      }),
    );
  }
  const peak = await peakMemoryOf(worker.pid);
  await worker.stop();
  return { seconds, firstByte, native, rows, bytes, worker: peak, query };
}

async function smallOnes(world: BenchWorld, set: DataSet): Promise<number[]> {
  const worker = await world.startWorker(set.database, downloadVariables(world.stack.s3, BENCH_BUCKET));
  const times: number[] = [];
  // The first one warms up.
  for (let turn = 0; turn <= SMALL_EXPORTS; turn += 1) {
    const { seconds } = await download(world, { format: 'csv', rowLimit: turn * 50 + 1 });
    if (turn > 0) times.push(seconds);
  }
  await worker.stop();
  return times;
}

/** One export from the click until it is COMPLETED. */
async function download(world: BenchWorld, request: BatchExportInput) {
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  const { exportId } = await world.exports.batchExports.create({ projectId: PROJECT, actor: 'npm run bench', request });
  let firstByte: number | undefined;
  for (;;) {
    const { status, rows, bytes, failure } = await world.exports.batchExports.get({ projectId: PROJECT, exportId });
    if (status === 'FAILED') throw new Error(failure?.message);
    if (status === 'COMPLETED') return { seconds: since(), rows: rows ?? 0, bytes: bytes ?? 0, firstByte };
    if (firstByte === undefined && (await isUploading(world))) firstByte = since();
    await sleep(50);
  }
}

async function isUploading({ s3 }: BenchWorld): Promise<boolean> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BENCH_BUCKET }));
  return Uploads.length > 0;
}
