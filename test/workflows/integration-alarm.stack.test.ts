import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { committedIds } from '../support/fake-activities.ts';
import { exampleConfig, startRunner } from '../support/integration-runner.ts';
import { workflowTest } from '../support/workflow-test.ts';
import { history, idsOf } from './rows.ts';

const it = workflowTest.extend('rows', () => history(2, 1));

it('what becomes due while a cycle is ended is not waited for: a slow checkpoint does not put off the probe for ever', async ({
  world,
  fake,
}) => {
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
