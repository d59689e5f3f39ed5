import { expect } from 'vitest';
import { InvalidConfig, NotFound, Refused } from '../../client/index.ts';
import { createSealer } from '../../shared/sealed.ts';
import type { IntegrationInput as StartArgument } from '../../workflows/messages.ts';
import { clientTest } from '../support/client-test.ts';
import {
  actor,
  encryptionKey,
  eventually,
  exampleInput,
  plainSecret,
  rejection,
  s3Input,
  withoutSecret,
} from './client-world.ts';

const test = clientTest.extend(
  'create',
  ({ it, projectId }) =>
    async (integrationId: string, config = exampleInput()) => {
      await it.exports.integrations.create({ projectId, integrationId, actor, config });
      return { projectId, integrationId };
    },
);

test('update with a blank secret keeps the stored one', async ({ it, create }) => {
  const id = await create('blank');
  const config = exampleInput({ name: 'Renamed', destination: withoutSecret() });
  const updated = await it.exports.integrations.update({ ...id, actor, config });
  expect(updated).toEqual({ changed: true, configVersion: 2, queued: [] });
  expect(await it.exports.integrations.get(id)).toMatchObject({ name: 'Renamed' });
  const saved = await eventually(
    async () => it.fake.checkpoints.map((state) => JSON.stringify(state)).find((state) => state.includes('Renamed')),
    (state) => state !== undefined,
  );
  const [sealed = ''] = /v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+/.exec(saved ?? '') ?? [];
  expect(createSealer(encryptionKey).open(sealed, id)).toBe(plainSecret);
});

test('update for another endpoint asks for the secret again', async ({ it, create }) => {
  const id = await create('endpoint');
  const destination = { ...withoutSecret(), endpoint: 'https://evil.example.com' };
  const config = exampleInput({ destination });
  const error = await rejection(it.exports.integrations.update({ ...id, actor, config, history: 'continue' }));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ message: expect.stringContaining('enter the secret again') });
});

test('pause and resume change the status, and paused integrations refuse to sync', async ({ it, create }) => {
  const id = await create('pausing');
  await it.exports.integrations.pause({ ...id, actor, reason: 'maintenance' });
  const paused = await it.exports.integrations.get(id);
  expect(paused).toMatchObject({ status: 'paused', state: { paused: { reason: 'maintenance', actor } } });
  const error = await rejection(it.exports.integrations.syncNow({ ...id, actor }));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ message: 'The integration is paused (maintenance); resume it first.' });
  await it.exports.integrations.resume({ ...id, actor });
  expect((await it.exports.integrations.get(id)).status).not.toBe('paused');
  await eventually(
    () => it.exports.integrations.syncNow({ ...id, actor }),
    ({ nextPeriodAt }) => Date.parse(nextPeriodAt ?? '') > Date.now(),
  );
});

test('rewind, reexport and skip say what was queued, or why not', async ({ it, create }) => {
  const { integrations } = it.exports;
  const id = await create('cursors');
  await eventually(
    () => integrations.get(id),
    (found) => found.workerRunning && found.state.border !== undefined,
  );
  const yesterday = new Date(Date.now() - 86_400_000);
  const rewound = await integrations.rewind({ ...id, actor, to: yesterday });
  expect(rewound).toMatchObject({ queued: true, message: expect.stringContaining(yesterday.toISOString()) });
  const again = await integrations.reexport({ ...id, actor, from: '2026-01-01', to: '2026-01-02T01:00:00+01:00' });
  expect(again.message).toContain('2026-01-02T00:00:00.000Z');
  const backwards = integrations.reexport({ ...id, actor, from: '2026-01-02', to: '2026-01-01' });
  expect(await rejection(backwards)).toBeInstanceOf(Refused);
  const future = await rejection(integrations.rewind({ ...id, actor, to: '2199-01-01' }));
  expect(future).toMatchObject({ code: 'refused', message: expect.stringContaining('in the future') });
  const unfailed = await rejection(integrations.skip({ ...id, actor, period: yesterday, reason: 'poison' }));
  expect(unfailed).toMatchObject({ code: 'refused', message: expect.stringContaining('not among the failed periods') });
  const nonsense = await rejection(integrations.rewind({ ...id, actor, to: 'yesterday' }));
  expect(nonsense).toBeInstanceOf(InvalidConfig);
  expect(nonsense).toMatchObject({ issues: [{ path: 'to' }] });
});

test('delete waits until the integration has ended; then it is not found and can be made again', async ({
  it,
  create,
}) => {
  const id = await create('short-lived');
  expect(await it.exports.integrations.delete({ ...id, actor })).toEqual({ deleted: true });
  expect(await rejection(it.exports.integrations.get(id))).toBeInstanceOf(NotFound);
  expect(await rejection(it.exports.integrations.delete({ ...id, actor }))).toBeInstanceOf(NotFound);
  expect(await rejection(it.exports.integrations.resume({ ...id, actor }))).toBeInstanceOf(NotFound);
  const made = await it.exports.integrations.create({ ...id, actor, config: exampleInput() });
  expect(made).toMatchObject({ created: true });
});

test('the history says who deleted', async ({ it, projectId, create }) => {
  const id = await create('who');
  await it.exports.integrations.delete({ ...id, actor });
  const handle = it.world.temporal.client.workflow.getHandle(`integration/${projectId}/who`);
  const { events = [] } = await handle.fetchHistory();
  const causes = events?.map((event) => event.workflowExecutionCancelRequestedEventAttributes?.cause);
  expect(causes).toContain(`Deleted by ${actor}`);
});

test.for([
  ['an unknown id', { integrationId: 'unknown' }],
  ['the id of another project', { projectId: 'another-project', integrationId: 'here' }],
  ['an id that leads into the workflow ids of others', { projectId: 'x', integrationId: '../here/updated' }],
] as const)('%s is not found by any function', async ([, wrong], { it, projectId, create }) => {
  await create('here');
  const { integrations } = it.exports;
  const id = { projectId, ...wrong, actor };
  const calls = [
    integrations.get(id),
    integrations.update({ ...id, config: exampleInput({ destination: s3Input() }) }),
    integrations.pause({ ...id, reason: 'test' }),
    integrations.resume(id),
    integrations.syncNow(id),
    integrations.rewind({ ...id, to: '2026-01-01' }),
    integrations.reexport({ ...id, from: '2026-01-01', to: '2026-01-02' }),
    integrations.skip({ ...id, period: '2026-01-01', reason: 'test' }),
    integrations.delete(id),
  ];
  for (const error of await Promise.all(calls.map(rejection))) {
    expect(error).toBeInstanceOf(NotFound);
    expect(error).toMatchObject({ message: expect.stringContaining('List the integrations') });
  }
});

test('an integration stays readable after it continued as new', async ({ it, projectId, create }) => {
  const { integrations } = it.exports;
  const id = await create('continued');
  const { runId } = await integrations.get(id);
  const found = await eventually(
    async () => {
      await Promise.all(Array.from({ length: 8 }, () => integrations.syncNow({ ...id, actor })));
      return integrations.get(id);
    },
    (now) => now.runId !== runId,
    20_000,
  );
  expect(found).toMatchObject({ name: 'Example', destination: 's3', createdBy: actor });
  const { integrations: listed } = await integrations.list({ projectId });
  expect(listed.find(({ integrationId }) => integrationId === 'continued')).toMatchObject({ name: 'Example' });
});

test('the configuration that workflows get is sealed', async ({ it, projectId }) => {
  const handle = it.world.temporal.client.workflow.getHandle<(input: StartArgument) => Promise<void>>(
    `integration/${projectId}/blank`,
  );
  expect(JSON.stringify((await handle.describe()).memo)).not.toContain(plainSecret);
});
