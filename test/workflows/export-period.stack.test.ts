import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect } from 'vitest';
import type { Part, PartResult, Window } from '../../shared/activities.ts';
import { HOUR, iso } from '../../shared/period.ts';
import type { ExportPeriodInput } from '../../workflows/messages.ts';
import { type FakeWorld, fakeFailure } from '../support/fake-activities.ts';
import { exampleConfig, recordHistory, startRunner } from '../support/integration-runner.ts';
import { workflowTest as it } from '../support/workflow-test.ts';
import type { World } from '../support/world.ts';

const window: Window = { axis: 'event', start: iso(0), end: iso(HOUR) };

/** A period of `count` parts of ten minutes and 1,000 rows each. */
function partsOf(count: number): Part[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `p000${index}`,
    source: 'events' as const,
    slice: { kind: 'range' as const, from: iso(index * HOUR), to: iso((index + 1) * HOUR) },
    rows: 1_000,
    bytes: 1_000_000,
  }));
}

interface Seen {
  exported: string[];
  running: number;
  mostAtOnce: number;
  discarded: string[][];
  committed: string[][];
}

/** Runs the workflow with parts that behave as `deliver` says. */
async function run(
  { world, fake }: { world: World; fake: FakeWorld },
  id: string,
  parts: Part[],
  deliver: (part: Part) => Promise<void>,
  input: Partial<ExportPeriodInput> = {},
) {
  const seen: Seen = { exported: [], running: 0, mostAtOnce: 0, discarded: [], committed: [] };
  Object.assign(fake.activities, {
    planPeriod: async () => ({
      window,
      revision: 1,
      rows: 1_000 * parts.length,
      bytes: 1_000_000 * parts.length,
      parts,
    }),
    exportPart: async ({ part }: { part: Part }): Promise<PartResult> => {
      seen.running += 1;
      seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.running);
      try {
        await deliver(part);
      } finally {
        seen.running -= 1;
      }
      seen.exported.push(part.name);
      const { rows } = part;
      const counts = { rows, countBefore: rows, countAfter: rows, bytes: 1, uncompressedBytes: 1 };
      return { part: part.name, source: 'events', key: part.name, sha256: '', queryId: '', attempt: 1, ...counts };
    },
    discardParts: async ({ parts: names }: { parts: string[] }) => void seen.discarded.push(names),
    commitPeriod: async ({ results }: { results: PartResult[] }) => {
      seen.committed.push(results.map(({ part }) => part));
      const rows = results.reduce((sum, result) => sum + result.rows, 0);
      const sizes = { rows, bytes: 1, uncompressedBytes: 1, files: results.length, rejected: 0 };
      return { window, revision: 1, manifestKey: 'manifest', ...sizes };
    },
  });
  const runner = await startRunner(world, fake);
  try {
    const { projectId } = world;
    const job = {
      projectId,
      integrationId: id,
      configVersion: 1,
      config: exampleConfig({ tuning: { parallelParts: 2 } }),
    };
    const handle = await world.temporal.client.workflow.start('exportPeriod', {
      workflowId: `period-${id}-${world.id}`,
      taskQueue: runner.taskQueue,
      args: [{ job, window, expectedRows: 100_000, targetPartBytes: 2 ** 30, leftover: [], priority: 4, ...input }],
    });
    const outcome = await handle.result().catch((error: unknown) => error);
    return { seen, handle, outcome };
  } finally {
    await runner.stop();
  }
}

/** Our failure inside the workflow's. */
function failureIn(outcome: unknown): ApplicationFailure {
  const cause = outcome instanceof WorkflowFailedError ? outcome.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) throw new Error(`not a failed workflow: ${String(outcome)}`);
  return cause;
}

describe('exportPeriod', () => {
  it('streams the parts, so many at once, and commits them in order', async ({ world, fake }) => {
    const { seen, outcome, handle } = await run(
      { world, fake },
      'parts',
      partsOf(5),
      () => new Promise((resolve) => setTimeout(resolve, 50)),
    );
    expect(outcome).toMatchObject({ rows: 5_000, files: 5 });
    expect(seen.committed).toEqual([['p0000', 'p0001', 'p0002', 'p0003', 'p0004']]);
    expect(seen.mostAtOnce).toBe(2);
    await recordHistory('period-of-parts', handle);
  });

  it('splits a part that is too large until it passes, and tells the size that failed', async ({ world, fake }) => {
    const { seen, outcome, handle } = await run({ world, fake }, 'split', partsOf(2), async (part) => {
      if (part.name.startsWith('p0001') && part.bytes > 300_000) throw fakeFailure('SourceTooLarge');
    });
    expect(seen.committed[0]?.filter((name) => name.startsWith('p0001'))).toEqual([
      'p0001-0-0',
      'p0001-0-1',
      'p0001-1-0',
      'p0001-1-1',
    ]);
    expect(outcome).toMatchObject({ rows: 2_000, tooLargeBytes: 125_000 });
    await recordHistory('period-with-split', handle);
  });

  it('fails clearly when one row is too large, and removes what it wrote', async ({ world, fake }) => {
    const one = partsOf(1).map((part) => ({ ...part, rows: 1 }));
    const { seen, outcome } = await run({ world, fake }, 'row', [...one, ...partsOf(2).slice(1)], async (part) => {
      if (part.name === 'p0000') throw fakeFailure('SourceTooLarge');
    });
    const failure = failureIn(outcome);
    expect(failure.type).toBe('SourceTooLarge');
    expect(failure.message).toMatch(/p0000.*MAX_MEMORY_USAGE/);
    expect(seen.committed).toEqual([]);
    expect(seen.discarded.flat()).toContain('p0000');
  });

  it('does not split when the server is busy: it fails with that, and the other parts are stopped', async ({
    world,
    fake,
  }) => {
    const { seen, outcome, handle } = await run({ world, fake }, 'busy', partsOf(4), async (part) => {
      if (part.name === 'p0000') throw fakeFailure('SourceOverloaded');
      const context = Context.current();
      for (let waited = 0; waited < 60_000; waited += 20) {
        context.heartbeat();
        await context.sleep(20);
      }
    });
    expect(failureIn(outcome).type).toBe('SourceOverloaded');
    expect(seen.exported).toEqual([]);
    expect(seen.discarded).toEqual([['p0000', 'p0001']]);
    await recordHistory('period-failed', handle);
  });

  it('never removes anything once the commit has begun, and names what may be left', async ({ world, fake }) => {
    const seen = { discarded: 0 };
    const failing = run({ world, fake }, 'commit', partsOf(2), async () => undefined);
    Object.assign(fake.activities, {
      commitPeriod: async () => {
        throw fakeFailure('DestinationBusy');
      },
      discardParts: async () => {
        seen.discarded += 1;
      },
    });
    const { outcome } = await failing;
    expect(failureIn(outcome).details?.[0]).toMatchObject({ type: 'DestinationBusy', leftover: ['p0000', 'p0001'] });
    expect(seen.discarded).toBe(0);
  });

  it('goes on with the plan of a small period that turned out to be large', async ({ world, fake }) => {
    const parts = partsOf(2);
    Object.assign(fake.activities, {
      exportSmallPeriod: async () => ({
        kind: 'planned',
        plan: { window, revision: 1, rows: 2_000, bytes: 2_000_000, parts },
      }),
    });
    const { seen, outcome } = await run({ world, fake }, 'grown', parts, async () => undefined, { expectedRows: 10 });
    expect(outcome).toMatchObject({ rows: 2_000 });
    expect(seen.committed).toEqual([['p0000', 'p0001']]);
  });
});
