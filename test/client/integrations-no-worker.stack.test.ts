import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ExportsClient, NoWorker } from '../../client/index.ts';
import {
  actor,
  type ClientWorld,
  createClientWorld,
  eventually,
  exampleInput,
  plainSecret,
  rejection,
} from './client-world.ts';

let it: ClientWorld;
let projectId: string;
let exports: ExportsClient;

beforeAll(async () => {
  it = await createClientWorld();
  projectId = it.world.projectId;
  exports = it.client({ answer: 1_000, query: 1_000, close: 1_000, test: 4_000 });
});
afterAll(() => it?.world.cleanup());

test('create says "saved, no worker is running", and the integration begins when a worker comes', async () => {
  const { integrations } = exports;
  const id = { projectId, integrationId: 'early' };
  const saved = await integrations.create({ ...id, actor, config: exampleInput() });
  expect(saved).toMatchObject({ saved: true, workerRunning: false, created: true });
  expect(saved).toMatchObject({ notice: expect.stringContaining(it.world.temporal.taskQueue) });
  const found = await integrations.get(id);
  expect(found).toMatchObject({ workerRunning: false, name: 'Example', destination: 's3', frequency: 'hourly' });
  expect(found).toMatchObject({ status: 'active', createdBy: actor });
  const listed = await eventually(
    () => integrations.list({ projectId }),
    (page) => page.integrations.length > 0,
  );
  expect(listed.integrations).toMatchObject([{ integrationId: 'early', name: 'Example' }]);

  const stop = await it.startWorker();
  try {
    const begun = await eventually(
      () => integrations.get(id),
      (now) => now.workerRunning && now.state.border !== undefined,
    );
    expect(begun.workerRunning && begun.state.config.name).toBe('Example');
  } finally {
    await stop();
  }
});

test('changes of an existing integration throw NoWorker, which names the queue and no secret', async () => {
  const { integrations } = exports;
  const id = { projectId, integrationId: 'existing', actor };
  await integrations.create({ ...id, config: exampleInput() });
  const calls = [
    integrations.create({ ...id, config: exampleInput({ name: 'Second' }) }),
    integrations.update({ ...id, config: exampleInput({ name: 'Third' }) }),
    integrations.pause({ ...id, reason: 'test' }),
    integrations.syncNow(id),
  ];
  for (const error of await Promise.all(calls.map(rejection))) {
    if (!(error instanceof NoWorker)) throw error;
    expect(error.message).toContain(`task queue "${it.world.temporal.taskQueue}"`);
    expect(error.message).not.toContain(plainSecret);
  }
});

test('delete without a worker is on its way, and ends when one comes', async () => {
  const { integrations } = exports;
  const id = { projectId, integrationId: 'unattended' };
  await integrations.create({ ...id, actor, config: exampleInput() });
  expect(await integrations.delete({ ...id, actor })).toMatchObject({ deleted: false });
  expect(await integrations.get(id)).toMatchObject({ status: 'stopping', workerRunning: false });
  expect(await integrations.delete({ ...id, actor })).toMatchObject({ deleted: false });
  const stop = await it.startWorker();
  try {
    const gone = () =>
      integrations.get(id).then(
        () => false,
        () => true,
      );
    expect(await eventually(gone, (is) => is)).toBe(true);
  } finally {
    await stop();
  }
});

test('a test of a destination without a worker ends early and leaves nothing that runs later', async () => {
  const { integrations } = it.client({ answer: 1_000 });
  const started = Date.now();
  const error = await rejection(integrations.testDestination({ projectId: 'untested', config: exampleInput() }));
  expect(error).toBeInstanceOf(NoWorker);
  expect(Date.now() - started).toBeLessThan(5_000);
  const query = `WorkflowType = 'testDestination' AND TaskQueue = '${it.world.temporal.taskQueue}' AND ExecutionStatus = 'Running'`;
  const count = async () => (await it.world.temporal.client.workflow.count(query)).count;
  expect(await eventually(count, (running) => running === 0)).toBe(0);
});
