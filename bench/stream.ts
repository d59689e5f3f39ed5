import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Window } from '../shared/activities.ts';
import { type Compression, type Format, integrationConfigSchema } from '../shared/config/integration.ts';
import { iso } from '../shared/period.ts';
import { createSealer } from '../shared/sealed.ts';
import { cpuTimeOf, spent } from './cpu-time.ts';
import { busyDay, type DataSet, PROJECT } from './data-sets.ts';
import { startExporter } from './exporter.ts';
import { insertIntoS3 } from './native-insert.ts';
import type { BenchOptions } from './options.ts';
import { type Figure, median, type Outcome } from './report.ts';
import type { StreamAnswer, StreamOrder } from './stream-process.ts';
import { BENCH_BUCKET, type BenchWorld } from './world.ts';

interface Case {
  format: Format;
  compression: Compression;
  /** Of the speed of ClickHouse's own export; absent: for information. */
  atLeast?: number;
}

const CASES: Case[] = [
  { format: 'csv', compression: 'none', atLeast: 0.6 },
  { format: 'jsonl', compression: 'none', atLeast: 0.6 },
  { format: 'parquet', compression: 'none', atLeast: 0.85 },
  { format: 'csv', compression: 'gzip' },
  { format: 'jsonl', compression: 'gzip' },
];

/**
 * One day of rows to S3: by our activities (plan, parts with counts, commit) in a process of their own, and by ClickHouse itself in
 * one query with all its threads; in turns, so that both meet the same machine. The ratio is that of the medians.
 */
export async function stream(world: BenchWorld, { rows, rounds }: BenchOptions): Promise<Outcome> {
  const set = await busyDay(world, rows);
  const exporter = await startExporter(world, set);
  const { clickhouse, s3 } = world.stack;
  const processes = { ClickHouse: clickhouse.pid, worker: exporter.pid, S3: s3.pid };
  const figures: Figure[] = [];
  const notes: string[] = [];
  try {
    for (const { format, compression, atLeast } of CASES) {
      const name = compression === 'none' ? format : `${format} ${compression}`;
      const ours: StreamAnswer[] = [];
      const theirs: number[] = [];
      // The first round warms up both sides.
      for (let round = 0; round <= rounds; round += 1) {
        const order = orderOf(world, set, { format, compression }, `${format}-${compression}-${round}`);
        const before = cpuTimeOf(processes);
        const answer = await exporter.run(order);
        const between = cpuTimeOf(processes);
        const seconds = await insertIntoS3(world, set, order, compression);
        const after = cpuTimeOf(processes);
        await emptyBucket(world);
        if (round === 0) continue;
        const [own, native] = [spent(before, between), spent(between, after)];
        world.log(
          `    ${name}: ${secondsOf(answer).toFixed(2)} s (CPU: ${own}), ClickHouse itself ${seconds.toFixed(2)} s (CPU: ${native})`,
        );
        ours.push(answer);
        theirs.push(seconds);
      }
      const own = median(ours.map(secondsOf));
      const native = median(theirs);
      const [last] = ours.slice(-1);
      const megabytes = (last?.uncompressedBytes ?? 0) / 1e6;
      figures.push({
        what: `${name}: ${own.toFixed(2)} s, ClickHouse itself ${native.toFixed(2)} s`,
        value: native / own,
        unit: '×',
        ...(atLeast === undefined ? {} : { target: { atLeast } }),
      });
      const phases = ['plan', 'parts', 'commit'] as const;
      const times = phases.map((phase) => `${phase} ${median(ours.map(({ seconds }) => seconds[phase])).toFixed(2)} s`);
      notes.push(
        `${name}: ${last?.rows} rows, ${megabytes.toFixed(0)} MB in ${last?.parts} parts, ${(megabytes / own).toFixed(0)} MB/s; ${times.join(', ')}`,
      );
    }
  } finally {
    exporter.stop();
  }
  return { figures, notes };
}

function secondsOf({ seconds: { plan, parts, commit } }: StreamAnswer): number {
  return plan + parts + commit;
}

function orderOf(
  { stack: { s3, secrets } }: BenchWorld,
  { from, to }: DataSet,
  { format, compression }: Case,
  integrationId: string,
): StreamOrder {
  const owner = { projectId: PROJECT, integrationId };
  const config = integrationConfigSchema.parse({
    name: integrationId,
    format,
    compression,
    frequency: 'daily',
    destination: {
      kind: 's3',
      provider: 's3_compatible',
      bucket: BENCH_BUCKET,
      endpoint: s3.url,
      region: s3.region,
      credentials: {
        kind: 'static',
        accessKeyId: s3.accessKeyId,
        secretAccessKey: createSealer(secrets.encryptionKey).seal(s3.secretAccessKey, owner),
      },
    },
  });
  const window: Window = { axis: 'event', start: iso(from), end: iso(to), updatedBefore: iso(Date.now()) };
  return { job: { ...owner, configVersion: 1, config }, window };
}

async function emptyBucket({ s3 }: BenchWorld): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BENCH_BUCKET }));
    if (Contents.length === 0) return;
    await s3.send(
      new DeleteObjectsCommand({ Bucket: BENCH_BUCKET, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }),
    );
  }
}
