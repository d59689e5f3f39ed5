import type { Context } from '../context.ts';

/** Milliseconds for which a deleted run is remembered. */
const REMEMBERED = 600_000;

/** Runs that this client has deleted: Temporal deletes in the background and shows them for up to a minute more (measured). */
export interface DeletedRuns {
  add(runId: string): void;
  has(runId: string): boolean;
}

export interface BatchExportContext extends Context {
  deleted: DeletedRuns;
}

export function createDeletedRuns(): DeletedRuns {
  const runs = new Map<string, number>();
  return {
    add(runId) {
      const now = Date.now();
      for (const [old, since] of runs) if (now - since > REMEMBERED) runs.delete(old);
      runs.set(runId, now);
    },
    has: (runId) => runs.has(runId),
  };
}
