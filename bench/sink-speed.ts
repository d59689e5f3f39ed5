import { HOUR } from '../shared/period.ts';
import { cpuTimeOf, spent } from './cpu-time.ts';
import type { DataSet } from './data-sets.ts';
import type { Vendor, Vendors } from './emulated-vendors.ts';
import { type Exporter, startExporter } from './exporter.ts';
import { type Figure, median } from './report.ts';
import { completeness, type Expected, expectedOf, orderOf } from './sink-delivery.ts';
import type { BenchWorld } from './world.ts';

/** Events a second. */
const SPEED: Readonly<Record<Vendor['destination']['kind'], number>> = { mixpanel: 30_000, posthog: 20_000 };
const MB = 1_000_000;

/** The vendors in turns, so that both meet the same machine. */
export async function speedsOf(
  world: BenchWorld,
  vendors: Vendors,
  set: DataSet,
  rounds: number,
  notes: string[],
): Promise<Figure[]> {
  const exporter = await startExporter(world, set, vendors.env);
  const expected = await expectedOf(world, set);
  const speeds = new Map<Vendor, number[]>(vendors.all.map((vendor) => [vendor, []]));
  try {
    // The first hour warms up.
    for (const vendor of vendors.all)
      await exporter.run(orderOf(world, vendor, { ...set, to: set.from + HOUR }, 'warm-up'));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [vendor, all] of speeds)
        all.push(await speedOf(world, { vendors, vendor, set, exporter, expected, round, notes }));
    }
  } finally {
    exporter.stop();
  }
  return [...speeds].map(([{ name, destination }, all]) => ({
    what: `${name}: from ClickHouse to the emulator`,
    value: median(all),
    unit: 'events/s',
    target: { atLeast: SPEED[destination.kind] },
  }));
}

interface Turn {
  vendors: Vendors;
  vendor: Vendor;
  set: DataSet;
  exporter: Exporter;
  expected: Expected;
  round: number;
  notes: string[];
}

async function speedOf(
  world: BenchWorld,
  { vendors, vendor, set, exporter, expected, round, notes }: Turn,
): Promise<number> {
  await vendor.forget();
  const pids = { worker: exporter.pid, ClickHouse: world.stack.clickhouse.pid, emulators: vendors.pid };
  const before = cpuTimeOf(pids);
  const answer = await exporter.run(orderOf(world, vendor, set, `round-${round}`));
  const cpu = spent(before, cpuTimeOf(pids));
  const got = await vendor.received();
  const { plan, parts, commit } = answer.seconds;
  const seconds = plan + parts + commit;
  notes.push(
    `${vendor.name}, round ${round}: ${got.different} events of ${answer.rows} rows (${completeness(expected, answer, got)}) in ${answer.parts} parts, ${got.requests} requests, ${(got.bytes.uncompressed / MB).toFixed(0)} MB, ${(got.bytes.received / MB).toFixed(0)} MB compressed; ${seconds.toFixed(1)} s, CPU seconds: ${cpu}`,
  );
  world.log(`    ${notes.at(-1)}`);
  return got.different / seconds;
}
