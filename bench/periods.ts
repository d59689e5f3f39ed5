import { cpuTimeOf, spent } from './cpu-time.ts';
import { countRows, smallHours, sparseHours } from './data-sets.ts';
import { runIntegration } from './integration-run.ts';
import type { Outcome } from './report.ts';
import type { BenchWorld } from './world.ts';

const SPARSE = { periods: 17_520, busy: 100, rowsEach: 20 };
const SMALL = { periods: 1_000, rowsEach: 100 };

/** Many periods through the real workflows: nearly all empty, and all small. */
export async function periods(world: BenchWorld): Promise<Outcome> {
  const sparse = await sparseHours(world, SPARSE);
  const small = await smallHours(world, SMALL.periods, SMALL.rowsEach);
  const config = { frequency: 'hourly', format: 'jsonl', compression: 'gzip' } as const;
  const notes: string[] = [];

  const measure = async (set: typeof sparse, name: string) => {
    const worker = await world.startWorker(set.database);
    const { clickhouse, s3, temporal } = world.stack;
    const pids = { worker: worker.pid, Temporal: temporal.pid, ClickHouse: clickhouse.pid, S3: s3.pid };
    const before = cpuTimeOf(pids);
    const { view, seconds } = await runIntegration(world, name, config);
    const cpu = spent(before, cpuTimeOf(pids));
    await worker.stop();
    const { periods, emptyPeriods, rows } = view.totals;
    const expected = await countRows(world, set);
    const delivered = rows === expected ? 'all' : `NOT the ${expected}`;
    notes.push(
      `${name}: ${periods} periods, ${periods - emptyPeriods} with rows, ${rows} rows (${delivered}); ${seconds.toFixed(1)} s, CPU seconds: ${cpu}`,
    );
    return { seconds, busy: periods - emptyPeriods };
  };

  const sparseRun = await measure(sparse, 'sparse');
  const smallRun = await measure(small, 'small');
  return {
    figures: [
      {
        what: `two years of hours, ${SPARSE.busy} with rows`,
        value: sparseRun.seconds,
        unit: 's',
        target: { atMost: 60 },
      },
      {
        what: 'periods of about 100 rows',
        value: smallRun.busy / smallRun.seconds,
        unit: 'periods/s',
        target: { atLeast: 9 },
      },
    ],
    notes,
  };
}
