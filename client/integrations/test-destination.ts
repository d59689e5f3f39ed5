import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { describeDestination } from '../../shared/config/destination.ts';
import type { testDestination } from '../../workflows/test-destination.ts';
import { call, noWorker } from '../call.ts';
import type { Context } from '../context.ts';
import { Unavailable } from '../errors.ts';
import { sealSecrets } from '../seal-secrets.ts';
import { idSchema, parseWithConfig } from '../validate.ts';
import type { TestDestinationInput, TestDestinationResult } from './types.ts';

const shape = { projectId: idSchema, integrationId: idSchema.optional() };
const about = 'The test of the destination';
/** A history of so many events holds the start and a task that no worker has taken. */
const UNTOUCHED = 2;
/** Milliseconds by which the server waits longer than we do, so that we are the ones to tell. */
const MARGIN = 30_000;

/** See `Integrations.testDestination`. */
export async function runDestinationTest(
  context: Context,
  input: TestDestinationInput,
): Promise<TestDestinationResult> {
  const required = 'enter the secret; a test cannot use the stored one, because it never leaves Temporal readable';
  const { config: plain, rest } = parseWithConfig(shape, input, { required });
  const { projectId, integrationId = randomUUID() } = rest;
  const id = { projectId, integrationId };
  const config = sealSecrets(plain, context.sealer, id);
  const { client, taskQueue, timeouts } = context;
  const handle = await call(context, { about, timeout: timeouts.answer }, () =>
    client.workflow.start<typeof testDestination>('testDestination', {
      workflowId: `test-destination/${projectId}/${randomUUID()}`,
      taskQueue,
      // Somebody is waiting at a form.
      priority: { priorityKey: 1, fairnessKey: projectId },
      // It must not begin long after everybody has gone.
      workflowExecutionTimeout: timeouts.test + MARGIN,
      staticSummary: `Test of ${describeDestination(config.destination)}`,
      args: [{ ...id, config }],
    }),
  );
  return await resultOf(context, handle);
}

/** Waits in two steps, so that a missing worker is told early. */
async function resultOf(
  context: Context,
  handle: WorkflowHandle<typeof testDestination>,
): Promise<TestDestinationResult> {
  const { answer, test } = context.timeouts;
  const result = () => handle.result();
  // If it ended meanwhile there is nothing to stop.
  const stop = (reason: string) => handle.terminate(reason).catch(() => undefined);
  const late = async () => {
    const { historyLength } = await call(context, { about, timeout: answer }, () => handle.describe());
    if (historyLength <= UNTOUCHED) {
      await stop('No worker');
      throw noWorker(context, 'The destination was not tested.');
    }
    return await call(context, { about, timeout: Math.max(0, test - answer), late: tooLate }, result);
  };
  const tooLate = async () => {
    await stop('Too late');
    throw new Unavailable(
      `${about} did not end within ${test / 1000} s. See its history in the Temporal UI (${handle.workflowId}).`,
    );
  };
  return await call(context, { about, timeout: Math.min(answer, test), late }, result);
}
