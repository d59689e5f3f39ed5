/** A process that exports one period as a worker's activities do, again and again, each time it is asked; see `stream.ts`. */

import { noopMetricMeter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../activities/index.ts';
import type { Activities, Job, PartResult, PeriodPlan, Window } from '../shared/activities.ts';
import { partsAtOnce } from '../shared/parts.ts';
import { readConfig } from '../workers/config.ts';
import { openDependencies } from '../workers/dependencies.ts';

/** What the process is asked. */
export interface StreamOrder {
  job: Job;
  window: Window;
}

/** What it answers. */
export interface StreamAnswer {
  /** Of planning, of all parts, and of the commit. */
  seconds: { plan: number; parts: number; commit: number };
  parts: number;
  /** Rows that arrived, and those that a destination of events refused. */
  rows: number;
  rejected: number;
  bytes: number;
  uncompressedBytes: number;
}

const { dependencies } = await openDependencies(readConfig(process.env), noopMetricMeter);
const activities = createActivities(dependencies);

process.on('message', (order: StreamOrder) => {
  exportPeriod(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

async function exportPeriod({ job, window }: StreamOrder): Promise<StreamAnswer> {
  const { tuning } = job.config;
  const begun = performance.now();
  const { parts, ...plan } = await inActivity((its) =>
    its.planPeriod({ job, window, targetPartBytes: tuning.targetPartBytes }),
  );
  const planned = performance.now();
  const results = await exportParts(job, plan, parts);
  const exported = performance.now();
  const sorted = results.sort((a, b) => (a.part < b.part ? -1 : 1));
  const { rows, rejected, bytes, uncompressedBytes } = await inActivity((its) =>
    its.commitPeriod({ job, plan, results: sorted, leftover: [] }),
  );
  const committed = performance.now();
  return {
    seconds: {
      plan: (planned - begun) / 1000,
      parts: (exported - planned) / 1000,
      commit: (committed - exported) / 1000,
    },
    parts: parts.length,
    rows,
    rejected,
    bytes,
    uncompressedBytes,
  };
}

/** As many at once as the workflow lets run. */
async function exportParts(
  job: Job,
  plan: Omit<PeriodPlan, 'parts'>,
  parts: PeriodPlan['parts'],
): Promise<PartResult[]> {
  const waiting = [...parts];
  const results: PartResult[] = [];
  const lane = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const one = part;
      results.push(await inActivity((its) => its.exportPart({ job, plan, part: one })));
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce(job.config) }, lane));
  return results;
}

function inActivity<T>(run: (its: Activities) => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(() => run(activities));
}
