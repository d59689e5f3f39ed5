import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { committedIds, createFakeWorld } from '../support/fake-activities.ts';
import { exampleConfig, startRunner } from '../support/integration-runner.ts';
import { createWorld, type World } from '../support/world.ts';
import { history, idsOf } from './rows.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.cleanup());

it('what becomes due while a cycle is ended is not waited for: a slow checkpoint does not put off the probe for ever', async () => {
  const fake = createFakeWorld(history(2, 1));
  let denied = true;
  fake.failProbe = () => (denied ? 'DestinationDenied' : undefined);
  fake.activities.saveCheckpoint = async () => {
    await sleep(1_500);
    return { resealed: [] };
  };
  const runner = await startRunner(world, fake);
  const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 0.3 } }), { integrationId: 'slow' });
  await one.until((state) => (state.blocked?.probes ?? 0) >= 2, 'it was probed', 30_000);
  denied = false;
  await one.until((state) => state.backfillDone, 'it goes on', 30_000);
  await one.until((state) => state.totals.rows === fake.rows.length, 'all rows', 30_000);
  expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  await runner.stop();
});
