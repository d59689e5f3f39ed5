/** A web app's side of the test servers: the client under test, and a worker over fake activities that can be started and stopped. */
import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { createExportsClient, type ExportsClient, type IntegrationInput, type Timeouts } from '../../client/index.ts';
import type { Activities } from '../../shared/activities.ts';
import { createFakeWorld, type FakeWorld } from '../support/fake-activities.ts';
import { createWorld, type World } from '../support/world.ts';

export const actor = 'ada@example.com';
/** Looked for in everything that is recorded, shown or thrown. */
export const plainSecret = `plain-secret-${randomBytes(8).toString('hex')}`;
export const encryptionKey = randomBytes(32).toString('hex');

export interface ClientWorld {
  world: World;
  fake: FakeWorld;
  exports: ExportsClient;
  /** Another client for the same place. */
  client(timeouts?: Partial<Timeouts>): ExportsClient;
  /** @param overrides activities that do something else than the fakes */
  startWorker(overrides?: Partial<Activities>): Promise<() => Promise<void>>;
}

export async function createClientWorld(): Promise<ClientWorld> {
  const world = await createWorld();
  const fake = createFakeWorld();
  const { connection, namespace, taskQueue } = world.temporal;
  const client = (timeouts?: Partial<Timeouts>) =>
    createExportsClient({ connection, namespace, taskQueue, encryptionKey, timeouts });
  return {
    world,
    fake,
    exports: client(),
    client,
    async startWorker(overrides = {}) {
      const worker = await Worker.create({
        connection: await world.temporal.nativeConnection(),
        namespace,
        taskQueue,
        workflowBundle: world.workflowBundle(),
        // The fakes keep one list of checkpoints; here many integrations live side by side.
        activities: { ...fake.activities, loadCheckpoint: async () => null, ...overrides },
      });
      const running = worker.run();
      return async () => {
        worker.shutdown();
        await running;
      };
    },
  };
}

/** A valid configuration as a person fills it in. */
export function exampleInput(overrides: Partial<IntegrationInput> = {}): IntegrationInput {
  return {
    name: 'Example',
    frequency: 'hourly',
    destination: s3Input(),
    ...overrides,
  };
}

type S3Input = Extract<IntegrationInput['destination'], { kind: 's3' }>;

export function s3Input(overrides: Partial<S3Input> = {}): S3Input {
  return {
    kind: 's3',
    provider: 's3_compatible',
    bucket: 'example',
    endpoint: 'https://s3.example.com',
    prefix: 'events/',
    credentials: { kind: 'static', accessKeyId: 'key', secretAccessKey: plainSecret },
    ...overrides,
  };
}

/** The same destination with the secret left blank. */
export function withoutSecret(): IntegrationInput['destination'] {
  return s3Input({ credentials: { kind: 'static', accessKeyId: 'key', secretAccessKey: '' } });
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
}

/** Asks again until the answer suits, for what is only eventually so. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  suits: (value: Value) => boolean,
  timeout = 10_000,
): Promise<Value> {
  const end = Date.now() + timeout;
  for (;;) {
    const value = await ask();
    if (suits(value)) return value;
    if (Date.now() > end) throw new Error(`waited in vain, last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
