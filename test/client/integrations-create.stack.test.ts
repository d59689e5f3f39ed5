import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';
import { InvalidConfig, Refused } from '../../client/index.ts';
import { createSealer } from '../../shared/sealed.ts';
import { clientTest as test } from '../support/client-test.ts';
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

test('create starts an integration, and get shows it without its secret', async ({ it, projectId }) => {
  const created = await it.exports.integrations.create({ projectId, actor, config: exampleInput() });
  expect(created).toMatchObject({ saved: true, workerRunning: true, created: true, changed: false });
  const { integrationId } = created;
  const found = await it.exports.integrations.get({ projectId, integrationId });
  expect(found).toMatchObject({ projectId, integrationId, name: 'Example', destination: 's3', frequency: 'hourly' });
  expect(found).toMatchObject({ createdBy: actor, workerRunning: true, workflowId: created.workflowId });
  expect(found.workerRunning && found.state.config.destination).toMatchObject({ credentials: { secretAccessKey: '' } });
});

test('the state shows no secret, not even a sealed one', async ({ it, projectId }) => {
  const { integrationId } = await it.exports.integrations.create({ projectId, actor, config: exampleInput() });
  const found = await it.exports.integrations.get({ projectId, integrationId });
  expect(JSON.stringify(found).match(/v1\.[0-9a-f]{8}\./)).toBeNull();
});

test('no recorded history holds the plain secret, and the sealed one opens for this integration only', async ({
  it,
  projectId,
}) => {
  const { integrationId, workflowId } = await it.exports.integrations.create({
    projectId,
    actor,
    config: exampleInput(),
  });
  const handle = it.world.temporal.client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  const recorded = JSON.stringify([historyToJSON(await handle.fetchHistory()), raw], (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
  const texts = [recorded, ...base64Texts(recorded)].join('\n');
  expect(texts).toContain('accessKeyId');
  expect(texts).not.toContain(plainSecret);
  const [sealed = ''] = /v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+/.exec(texts) ?? [];
  const sealer = createSealer(encryptionKey);
  expect(sealer.open(sealed, { projectId, integrationId })).toBe(plainSecret);
  expect(() => sealer.open(sealed, { projectId, integrationId: 'other' })).toThrow('another integration');
});

test('creating twice reconfigures the one integration', async ({ it, projectId }) => {
  const integrationId = 'twice';
  await it.exports.integrations.create({ projectId, integrationId, actor, config: exampleInput() });
  const config = exampleInput({ frequency: 'weekly' });
  const second = await it.exports.integrations.create({ projectId, integrationId, actor, config });
  expect(second).toMatchObject({ created: false, changed: true, configVersion: 2 });
  const found = await it.exports.integrations.get({ projectId, integrationId });
  expect(found).toMatchObject({ frequency: 'weekly', workerRunning: true });
});

test('twenty creates at once make one workflow', async ({ it, projectId }) => {
  const integrationId = 'twenty';
  const input = { projectId, integrationId, actor, config: exampleInput() };
  const results = await Promise.all(Array.from({ length: 20 }, () => it.exports.integrations.create(input)));
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  const { count } = await it.world.temporal.client.workflow.count(
    `WorkflowId = 'integration/${projectId}/${integrationId}'`,
  );
  expect(count).toBe(1);
  const found = await it.exports.integrations.get({ projectId, integrationId });
  // Each call seals the secret anew, so each is a change; the starting one is none if it happens to come first.
  expect(found.workerRunning && [20, 21]).toContain(found.workerRunning && found.state.configVersion);
});

test('an invalid configuration is refused with all faults at their paths, and nothing is started', async ({
  it,
  projectId,
}) => {
  const integrationId = 'bad id';
  const config = exampleInput({ name: '', destination: s3Input({ bucket: 'B', prefix: 'no-slash' }) });
  const error = await rejection(it.exports.integrations.create({ projectId, integrationId, actor: '', config }));
  if (!(error instanceof InvalidConfig)) throw error;
  expect(error.issues.map(({ path }) => path).sort()).toEqual(
    ['actor', 'destination.bucket', 'destination.prefix', 'integrationId', 'name'].sort(),
  );
  expect(error.message).not.toContain(plainSecret);
});

test('a blank secret cannot be created with', async ({ it, projectId }) => {
  const config = exampleInput({ destination: withoutSecret() });
  const error = await rejection(it.exports.integrations.create({ projectId, actor, config }));
  expect(error).toBeInstanceOf(InvalidConfig);
  expect(error).toMatchObject({ issues: [{ path: 'destination.credentials.secretAccessKey' }] });
});

test('creating again for another bucket is refused in the words of the integration', async ({ it, projectId }) => {
  const integrationId = 'moved';
  await it.exports.integrations.create({ projectId, integrationId, actor, config: exampleInput() });
  const config = exampleInput({ destination: s3Input({ bucket: 'elsewhere' }) });
  const again = { projectId, integrationId, actor, config };
  const error = await rejection(it.exports.integrations.create(again));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ message: expect.stringMatching(/^history: .*say "continue".*or "restart"/) });
  expect(await it.exports.integrations.create({ ...again, history: 'continue' })).toMatchObject({ created: false });
});

test('a disabled integration is created paused', async ({ it, projectId }) => {
  const config = exampleInput({ enabled: false });
  const { integrationId } = await it.exports.integrations.create({ projectId, actor, config });
  // First it looks for a checkpoint.
  await eventually(
    () => it.exports.integrations.get({ projectId, integrationId }),
    ({ status }) => status === 'paused',
  );
});

/** Payloads stand in base64. */
function base64Texts(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/]{24,}={0,2}/g) ?? []).map((encoded) => Buffer.from(encoded, 'base64').toString());
}
