import { test } from 'vitest';
import { createClientWorld } from '../client/client-world.ts';

/** A test of the client with a worker over fake activities behind it, all for the file: `it` is the client's world. */
export const clientTest = test
  // biome-ignore lint/correctness/noEmptyPattern: Vitest takes nothing else where nothing is needed
  .extend('it', { scope: 'file' }, async ({}, { onCleanup }) => {
    const it = await createClientWorld();
    let stopWorker: (() => Promise<void>) | undefined;
    onCleanup(async () => {
      await stopWorker?.();
      await it.world.cleanup();
    });
    stopWorker = await it.startWorker();
    return it;
  })
  .extend('projectId', { scope: 'file' }, ({ it }) => it.world.projectId);
