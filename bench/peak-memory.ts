import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readRow } from './data-sets.ts';
import type { BenchWorld } from './world.ts';

/** Most memory in bytes that a process has had since it began. */
export async function peakMemoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Looks at the running queries a few times a second; `stop` returns the most memory that one of them used. */
export function watchQueries(world: BenchWorld): { stop(): Promise<number> } {
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
