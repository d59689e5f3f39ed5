import { test } from 'vitest';
import { createFakeWorld, type FakeRow } from './fake-activities.ts';
import { startRunner } from './integration-runner.ts';
import { createWorld } from './world.ts';

/**
 * A test of workflows over activities in memory: a world for the file; fake activities over `rows`, and a runner of them, for each test.
 * What a test does not ask for is not made; `extend` gives other rows or another cache.
 */
export const workflowTest = test
  // biome-ignore lint/correctness/noEmptyPattern: Vitest takes nothing else where nothing is needed
  .extend('world', { scope: 'file' }, async ({}, { onCleanup }) => {
    const world = await createWorld();
    onCleanup(() => world.cleanup());
    return world;
  })
  .extend('rows', (): FakeRow[] => [])
  .extend('fake', ({ rows }) => createFakeWorld(rows))
  /** How many workflows the worker keeps in memory; see `startRunner`. */
  .extend('cache', 200)
  .extend('runner', async ({ world, fake, cache }, { onCleanup }) => {
    const runner = await startRunner(world, fake, { cache });
    onCleanup(() => runner.stop());
    return runner;
  });
