import { busyDay, type DataSet } from './data-sets.ts';
import { startVendors, type Vendor, type Vendors } from './emulated-vendors.ts';
import { runIntegration } from './integration-run.ts';
import type { BenchOptions } from './options.ts';
import { peakMemoryOf } from './peak-memory.ts';
import type { Figure, Outcome } from './report.ts';
import { completeness, expectedOf } from './sink-delivery.ts';
import { speedsOf } from './sink-speed.ts';
import type { BenchWorld } from './world.ts';

const MB = 1_000_000;
/**
 * As in a container of half a gigabyte. Without limits V8 takes what the machine has before it collects: of 24 GB 134 MB for young objects
 * alone, which says nothing of what a worker needs. One that needs more than this ends.
 */
const HEAP_LIMITS = '--max-semi-space-size=16 --max-old-space-size=300';

/**
 * One day of rows from ClickHouse to emulated vendors, without input and output. The speed is that of our activities (plan, parts with counts,
 * commit) in a process of their own, by the events that the vendor shows in the end; the memory is that of a worker that runs an integration.
 */
export async function sinks(world: BenchWorld, { rows, rounds }: BenchOptions): Promise<Outcome> {
  const few = await busyDay(world, rows / 10);
  const many = await busyDay(world, rows);
  const vendors = await startVendors(world);
  const notes: string[] = [];
  try {
    const speeds = await speedsOf(world, vendors, many, rounds, notes);
    const memories: Figure[] = [];
    for (const vendor of vendors.all) {
      const small = await peakOf(world, vendors, vendor, few, notes);
      const large = await peakOf(world, vendors, vendor, many, notes);
      const { name } = vendor;
      memories.push(
        { what: `${name}: worker's peak, a tenth of the rows`, value: small / MB, unit: 'MB' },
        { what: `${name}: worker's peak, all rows`, value: large / MB, unit: 'MB', target: { atMost: 400 } },
        { what: `${name}: ratio`, value: large / small, unit: '×', target: { atMost: 1.2 } },
      );
    }
    return { figures: [...speeds, ...memories], notes };
  } finally {
    await vendors.stop();
  }
}

/** Most memory in bytes of a new worker that runs an integration of the whole set. */
async function peakOf(
  world: BenchWorld,
  vendors: Vendors,
  { name, destination, received, forget }: Vendor,
  set: DataSet,
  notes: string[],
): Promise<number> {
  await forget();
  const worker = await world.startWorker(set.database, { ...vendors.env, NODE_OPTIONS: HEAP_LIMITS });
  const { view, seconds } = await runIntegration(world, `${destination.kind}-${set.database}`, {
    frequency: 'daily',
    destination,
  });
  const peak = await peakMemoryOf(worker.pid);
  await worker.stop();
  const got = await received();
  const complete = completeness(await expectedOf(world, set), view.totals, got);
  notes.push(
    `${name}, integration: ${got.different} events of ${view.totals.rows} rows (${complete}), ${seconds.toFixed(1)} s`,
  );
  return peak;
}
