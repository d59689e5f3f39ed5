import { randomUUID } from 'node:crypto';
import { describeDestination } from '../../shared/config/destination.ts';
import type { TestDestinationInput as TestInput } from '../../workflows/messages.ts';
import type { Context } from '../context.ts';
import { runBriefly } from '../run-briefly.ts';
import { sealSecrets } from '../seal-secrets.ts';
import { idSchema, parseWithConfig } from '../validate.ts';
import type { TestDestinationInput, TestDestinationResult } from './types.ts';

const shape = { projectId: idSchema, integrationId: idSchema.optional() };

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
  return await runBriefly<TestInput, TestDestinationResult>(context, 'testDestination', {
    about: 'The test of the destination',
    undone: 'The destination was not tested.',
    workflowId: `test-destination/${projectId}/${randomUUID()}`,
    projectId,
    input: { ...id, config },
    summary: `Test of ${describeDestination(config.destination)}`,
  });
}
