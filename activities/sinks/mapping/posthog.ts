/** Rows as events of PostHog. */
import type { Mapped, SinkEvent } from '../event-sink.ts';
import type { SinkRow } from '../sink-row.ts';
import { postHogStandIn, postHogUser } from './distinct-id.ts';
import { eventId } from './event-id.ts';
import { type LangfuseEvents, langfuseDrafts } from './langfuse-style.ts';
import type { Drafts, MappingOptions, TableOptions } from './options.ts';
import { postHogAiDrafts } from './posthog-ai.ts';
import { cutIoForPostHog, sizeForPostHog } from './posthog-size.ts';
import type { Properties } from './properties.ts';
import { identify, type RowIdentity, refuseIdentity } from './row-identity.ts';
import { POSTHOG_TIMES, postHogBatchKey, timeOf } from './times.ts';

export type PostHogMapping = MappingOptions;

/** What `capture` of posthog-node takes. */
export interface PostHogEvent extends SinkEvent {
  event: string;
  distinctId: string;
  uuid: string;
  /** ISO text in UTC, with milliseconds. */
  timestamp: string;
  properties: Record<string, unknown>;
}

const LANGFUSE_EVENTS: LangfuseEvents = {
  generation: 'langfuse generation',
  observation: 'langfuse observation',
  trace: 'langfuse trace',
  score: 'langfuse score',
};

/**
 * One event, or two: a root row is also its trace. Uuid, name, distinct_id and timestamp are the same at every call.
 *
 * Rejected: rows without an id (`id_missing`), whose time PostHog would move (`time_missing`, `time_too_old`, `time_in_future`), or that are
 * too large however much is cut (`too_large`, never seen).
 */
export function mapPostHog(source: SinkRow, options: PostHogMapping): Mapped<PostHogEvent> {
  const row = identify(source);
  const time = timeOf(row.time, POSTHOG_TIMES, options.now);
  if (typeof time !== 'number') return { rejected: time };
  const refused = refuseIdentity(row, 'uuid');
  if (refused !== undefined) return { rejected: refused };

  const user = postHogUser(row.userId);
  const timestamp = new Date(time).toISOString();
  const envelope: Envelope = {
    row,
    projectId: options.projectId,
    distinctId: user ?? postHogStandIn(row.traceId || row.sessionId || row.spanId),
    isAnonymous: user === undefined,
    timestamp,
    batchKey: postHogBatchKey(time, timestamp, options.now),
  };
  const drafts = draftsOf(source, { ...options, structured: true, cutIo: cutIoForPostHog });
  const first = eventAt(0, drafts, envelope, source, options);
  if (first === undefined) return TOO_LARGE;
  if (drafts.length === 1) return { events: [first] };
  const second = eventAt(1, drafts, envelope, source, options);
  return second === undefined ? TOO_LARGE : { events: [first, second] };
}

const TOO_LARGE: Mapped<never> = {
  rejected: {
    reason: 'too_large',
    field: 'properties',
    message: 'The event is over 900 kB with all of its texts cut: export fewer groups of columns to PostHog.',
  },
};

function draftsOf(source: SinkRow, options: TableOptions): Drafts {
  return options.style === 'ai' ? postHogAiDrafts(source, options) : langfuseDrafts(source, LANGFUSE_EVENTS, options);
}

/** What the events of a row have in common. */
interface Envelope {
  row: RowIdentity;
  projectId: string;
  distinctId: string;
  isAnonymous: boolean;
  timestamp: string;
  batchKey: string;
}

function eventAt(
  index: 0 | 1,
  drafts: Drafts,
  envelope: Envelope,
  source: SinkRow,
  options: PostHogMapping,
): PostHogEvent | undefined {
  const draft = drafts[index] ?? drafts[0];
  const { row, distinctId, timestamp, batchKey } = envelope;
  putEnvelope(draft.properties, envelope);
  const sized = sizeForPostHog(draft.properties, distinctId, (cutIo) => {
    const again = draftsOf(source, { ...options, structured: false, cutIo });
    const { properties } = again[index] ?? again[0];
    putEnvelope(properties, envelope);
    return properties;
  });
  if (sized === undefined) return undefined;
  const uuid = eventId(envelope.projectId, row.traceId, row.spanId, draft.event);
  return {
    event: draft.event,
    distinctId,
    uuid,
    timestamp,
    batchKey,
    bytes: sized.bytes,
    properties: sized.properties,
  };
}

function putEnvelope(properties: Properties, { row, isAnonymous }: Envelope): void {
  if (row.vendorSessionId) properties.$session_id = row.vendorSessionId;
  // Else PostHog moves the time by the age of the request, at every retry by another one, and duplicates would not be recognised.
  properties.$ignore_sent_at = true;
  // No person for every trace.
  if (isAnonymous) properties.$process_person_profile = false;
}
