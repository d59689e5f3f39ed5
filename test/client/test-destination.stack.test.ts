import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidConfig, type ProbeStep, Refused } from '../../client/index.ts';
import type { Activities } from '../../shared/activities.ts';
import { secretsOf } from '../../shared/config/secrets.ts';
import { createSealer } from '../../shared/sealed.ts';
import {
  type ClientWorld,
  createClientWorld,
  encryptionKey,
  exampleInput,
  plainSecret,
  rejection,
  s3Input,
  withoutSecret,
} from './client-world.ts';

const steps: ProbeStep[] = [
  { step: 'resolve', ok: true, milliseconds: 1 },
  {
    step: 'connect',
    ok: false,
    milliseconds: 2,
    failure: { type: 'DestinationDenied', message: 'Refused.', remedy: 'Give the key rights.' },
  },
];
type Tested = Parameters<Activities['testDestination']>[0];

let it: ClientWorld;
let projectId: string;
let stopWorker: () => Promise<void>;
const tested: Tested[] = [];

beforeAll(async () => {
  it = await createClientWorld();
  projectId = it.world.projectId;
  stopWorker = await it.startWorker({
    async testDestination(input) {
      tested.push(input);
      if (input.config.name !== 'Broken') return steps;
      const details = { type: 'Unexpected', message: 'Sealed with another key.', remedy: 'Set ENCRYPTION_KEY.' };
      throw ApplicationFailure.create({ ...details, nonRetryable: true, details: [details] });
    },
  });
});
afterAll(async () => {
  await stopWorker?.();
  await it?.world.cleanup();
});

test('the test of an unsaved destination returns its steps, the failed one with its remedy', async () => {
  const input = { projectId, integrationId: 'edited', config: exampleInput() };
  expect(await it.exports.integrations.testDestination(input)).toEqual(steps);
  const config = tested.at(-1)?.config;
  expect(JSON.stringify(config)).not.toContain(plainSecret);
  const sealed = config && secretsOf(config).get('destination.credentials.secretAccessKey');
  expect(createSealer(encryptionKey).open(sealed ?? '', { projectId, integrationId: 'edited' })).toBe(plainSecret);
});

test('a configuration that was never saved can be tested without an id', async () => {
  expect(await it.exports.integrations.testDestination({ projectId, config: exampleInput() })).toEqual(steps);
});

test('a blank secret is a fault, because the stored one cannot be used', async () => {
  const input = { projectId, integrationId: 'edited', config: exampleInput({ destination: withoutSecret() }) };
  const error = await rejection(it.exports.integrations.testDestination(input));
  expect(error).toBeInstanceOf(InvalidConfig);
  expect(error).toMatchObject({
    issues: [
      {
        path: 'destination.credentials.secretAccessKey',
        message: expect.stringContaining('a test cannot use the stored one'),
      },
    ],
  });
});

test('an invalid configuration is not tested', async () => {
  const before = tested.length;
  const config = exampleInput({ destination: s3Input({ bucket: 'No_Bucket' }) });
  expect(await rejection(it.exports.integrations.testDestination({ projectId, config }))).toBeInstanceOf(InvalidConfig);
  expect(tested).toHaveLength(before);
});

test('a test that itself fails tells the reason and the remedy', async () => {
  const config = exampleInput({ name: 'Broken' });
  const error = await rejection(it.exports.integrations.testDestination({ projectId, config }));
  expect(error).toBeInstanceOf(Refused);
  expect(error).toMatchObject({ message: 'Sealed with another key. Set ENCRYPTION_KEY.' });
});
