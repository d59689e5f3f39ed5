import { isLargerThan, isObject, type JsonObject } from './json-values.ts';

/** An event that PostHog can read, as it was sent. */
export interface SentEvent {
  event: string;
  distinctId: string;
  uuid: string | undefined;
  timestamp: string | undefined;
  properties: JsonObject;
  /** All of it, for its size. */
  whole: JsonObject;
}

/** Characters of an event's name and of a distinct_id. */
const MAX_NAME_LENGTH = 200;
/** "About 1 MB": the smaller of the two meanings. */
export const MAX_EVENT_BYTES = 1_000_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const AI_TRACE_ID = /^[A-Za-z0-9\-_~.@()!':|]+$/;
const AI_EVENTS = new Set([
  '$ai_generation',
  '$ai_embedding',
  '$ai_trace',
  '$ai_span',
  '$ai_metric',
  '$ai_feedback',
  '$ai_evaluation',
]);
/** In lower case; they would make one person of everybody. */
const FORBIDDEN_DISTINCT_IDS = new Set([
  '0',
  '00000000-0000-0000-0000-000000000000',
  'anonymous',
  'guest',
  'null',
  'none',
  'undefined',
  'true',
  'false',
  'email',
  'id',
  'distinct_id',
  'user',
  'system',
  'backend',
  'not_authenticated',
  'nan',
  '[object object]',
  'anonymous-user',
  'distinctid',
]);

/** The event, or the reason why it is malformed: then PostHog answers 400 to the whole batch and takes nothing of it. */
export function readEvent(value: unknown): SentEvent | string {
  if (!isObject(value)) return 'not_an_object';
  const { event, uuid, timestamp, properties = {} } = value;
  if (typeof event !== 'string' || event === '') return 'event_name_missing';
  if (!isObject(properties)) return 'properties_not_an_object';
  const distinctId = value.distinct_id ?? properties.distinct_id;
  if (typeof distinctId !== 'string' || distinctId === '') return 'distinct_id_missing';
  if (uuid !== undefined && typeof uuid !== 'string') return 'uuid_not_a_text';
  if (timestamp !== undefined && typeof timestamp !== 'string') return 'timestamp_not_a_text';
  return { event, distinctId, uuid, timestamp, properties, whole: value };
}

/**
 * Why PostHog loses the event although it answers 200; undefined: it keeps it. `mayBeLarge` false spares the look at its size, where the
 * whole batch is smaller than one event may be.
 */
export function dropReasonOf(sent: SentEvent, mayBeLarge: boolean): string | undefined {
  const { event, distinctId, uuid } = sent;
  if (uuid !== undefined && !UUID.test(uuid)) return 'uuid_invalid';
  if (event.length > MAX_NAME_LENGTH) return 'event_name_too_long';
  if (distinctId.length > MAX_NAME_LENGTH) return 'distinct_id_too_long';
  if (isForbidden(distinctId)) return 'distinct_id_forbidden';
  if (mayBeLarge && isLargerThan(sent.whole, MAX_EVENT_BYTES)) return 'event_too_large';
  return event.startsWith('$ai_') ? aiDropReasonOf(sent) : undefined;
}

function isForbidden(distinctId: string): boolean {
  return FORBIDDEN_DISTINCT_IDS.has(distinctId.toLowerCase()) || distinctId.trim() === '';
}

function aiDropReasonOf({ event, properties }: SentEvent): string | undefined {
  if (!AI_EVENTS.has(event)) return 'ai_event_unknown';
  const { $ai_model: model, $ai_trace_id: traceId } = properties;
  if (event === '$ai_generation' && (typeof model !== 'string' || model === '')) return 'ai_model_missing';
  if (traceId !== undefined && !(typeof traceId === 'string' && AI_TRACE_ID.test(traceId)))
    return 'ai_trace_id_invalid';
  return undefined;
}
