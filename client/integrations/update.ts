import { z } from 'zod';
import { type ConfigureResult, configure } from '../../workflows/messages.ts';
import type { Context } from '../context.ts';
import { sealSecrets } from '../seal-secrets.ts';
import { actorSchema, parseWithConfig } from '../validate.ts';
import { workflowIdOf } from './about.ts';
import { ask } from './ask.ts';
import type { UpdateInput } from './types.ts';

const shape = { actor: actorSchema, history: z.enum(['continue', 'restart']).optional() };

/** See `Integrations.update`. */
export async function updateIntegration(context: Context, input: UpdateInput): Promise<ConfigureResult> {
  workflowIdOf(input);
  const { config: plain, rest } = parseWithConfig(shape, input, {});
  const { actor, history } = rest;
  const { projectId, integrationId } = input;
  const config = sealSecrets(plain, context.sealer, { projectId, integrationId });
  return await ask(context, input, configure, { config, actor, ...(history === undefined ? {} : { history }) });
}
