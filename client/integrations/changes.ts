/** The small changes of a running integration: each one message. */
import { z } from 'zod';
import * as messages from '../../workflows/messages.ts';
import type { Context } from '../context.ts';
import { actorSchema, instantSchema, parse, reasonSchema } from '../validate.ts';
import { workflowIdOf } from './about.ts';
import { ask } from './ask.ts';
import type { Asking, IntegrationId, PauseInput, ReexportInput, ReplayInput, RewindInput, SkipInput } from './types.ts';

const asked = z.object({ actor: actorSchema });
const paused = asked.extend({ reason: reasonSchema });
const rewound = asked.extend({ to: instantSchema });
const reexported = asked.extend({ from: instantSchema, to: instantSchema });
const replayed = asked.extend({ reason: z.string().min(1).max(100).optional() });
const skipped = asked.extend({
  period: instantSchema,
  axis: z.enum(['event', 'updated']).optional(),
  reason: reasonSchema,
});

/** @throws NotFound before anything else: whoever guesses ids learns nothing about the rest of the input */
function parseFor<Schema extends z.ZodType>(schema: Schema, input: IntegrationId): z.output<Schema> {
  workflowIdOf(input);
  return parse(schema, input);
}

export async function pause(context: Context, input: PauseInput): Promise<void> {
  await ask(context, input, messages.pause, parseFor(paused, input));
}

export async function resume(context: Context, input: IntegrationId & Asking): Promise<void> {
  await ask(context, input, messages.resume, parseFor(asked, input));
}

export async function syncNow(context: Context, input: IntegrationId & Asking): Promise<messages.SyncResult> {
  return await ask(context, input, messages.syncNow, parseFor(asked, input));
}

export async function rewind(context: Context, input: RewindInput): Promise<messages.QueuedResult> {
  return await ask(context, input, messages.rewind, parseFor(rewound, input));
}

export async function reexport(context: Context, input: ReexportInput): Promise<messages.QueuedResult> {
  return await ask(context, input, messages.reexport, parseFor(reexported, input));
}

export async function replayRejected(context: Context, input: ReplayInput): Promise<messages.QueuedResult> {
  const { reason, ...rest } = parseFor(replayed, input);
  return await ask(context, input, messages.replayRejected, reason === undefined ? rest : { ...rest, reason });
}

export async function skip(context: Context, input: SkipInput): Promise<messages.QueuedResult> {
  const { axis, ...rest } = parseFor(skipped, input);
  return await ask(context, input, messages.skip, axis === undefined ? rest : { ...rest, axis });
}
