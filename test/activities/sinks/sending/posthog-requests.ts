/** What a scripted server was sent by posthog-node. */
import { z } from 'zod';
import type { PostHogEvent } from '../../../../activities/sinks/mapping/posthog.ts';
import type { Received } from './scripted-server.ts';

const batchBody = z.object({
  api_key: z.string(),
  historical_migration: z.boolean().optional(),
  batch: z.array(
    z.object({
      event: z.string(),
      distinct_id: z.string(),
      uuid: z.string(),
      timestamp: z.string(),
      properties: z.record(z.string(), z.unknown()),
    }),
  ),
});
export const bodyOf = ({ body }: Received) => batchBody.parse(JSON.parse(body));
export const uuidsOf = (request: Received) => bodyOf(request).batch.map(({ uuid }) => uuid);
export const uuids = (events: readonly PostHogEvent[]) => events.map(({ uuid }) => uuid);
