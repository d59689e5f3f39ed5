/** What posthog-node or PostHog would change or drop without a word. The mapping makes no such events; this is the last look before they go. */
import type { RefusedEvent, Rejection } from '../event-sink.ts';
import type { PostHogEvent } from '../mapping/posthog.ts';
import { TOO_LARGE } from './posthog-answers.ts';

/** PostHog drops events over about 1 MB after it has said success. */
const MAX_EVENT_BYTES = 1_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface Sendable {
  /** In the order of their times, which PostHog asks for in historical batches: rows come in the order of the table's key. */
  events: readonly PostHogEvent[];
  /** Position in the batch of each of them. */
  positions: readonly number[];
  refused: RefusedEvent[];
}

export function sortOut(batch: readonly PostHogEvent[]): Sendable {
  const sendable: { event: PostHogEvent; index: number }[] = [];
  const refused: RefusedEvent[] = [];
  for (const [index, event] of batch.entries()) {
    const fault = faultOf(event);
    if (fault === undefined) sendable.push({ event, index });
    else refused.push({ ...fault, index });
  }
  if (batch[0]?.batchKey.startsWith('historical/'))
    sendable.sort((a, b) => order(a.event.timestamp, b.event.timestamp));
  return {
    events: sendable.map(({ event }) => event),
    positions: sendable.map(({ index }) => index),
    refused,
  };
}

/** Of ISO texts of one length: reading thousands of dates a batch would cost more than all the rest here. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function faultOf({ event, distinctId, uuid, timestamp, bytes }: PostHogEvent): Rejection | undefined {
  if (bytes > MAX_EVENT_BYTES) return TOO_LARGE;
  // posthog-node would make up a new id at each retry, so that PostHog would count the event twice.
  if (!UUID.test(uuid)) return malformed('uuid', 'The id of the event is no UUID.');
  // posthog-node would make up a user.
  if (distinctId.trim() === '') return malformed('distinct_id', 'The event has no user id.');
  if (event.trim() === '') return malformed('event', 'The event has no name.');
  // It would become the time of arrival.
  if (Number.isNaN(Date.parse(timestamp))) return malformed('timestamp', 'The time of the event cannot be read.');
  return undefined;
}

function malformed(field: string, message: string): Rejection {
  return { reason: 'malformed', field, message };
}
