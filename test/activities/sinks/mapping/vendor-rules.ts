/** The vendors' rules as their documents state them, written without a look at the mapping. */

export interface Faults {
  add(what: string): void;
}

/** Every text of a value, names of objects included. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (Array.isArray(value)) for (const inner of value) yield* textsOf(inner);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield name;
      yield* textsOf(inner);
    }
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function checkTexts(event: unknown, faults: Faults): void {
  for (const text of textsOf(event)) {
    if (!text.isWellFormed()) faults.add('lone surrogate');
    if (text.includes('\0')) faults.add('NUL');
  }
}

const FORBIDDEN_IN_POSTHOG =
  '0|00000000-0000-0000-0000-000000000000|anonymous|guest|null|none|undefined|true|false|email|id|distinct_id|user|system|backend|not_authenticated|nan|[object object]|anonymous-user|distinctid'.split(
    '|',
  );

interface PostHogLike {
  event: string;
  distinctId: string;
  uuid: string;
  timestamp: string;
  bytes: number;
  properties: Record<string, unknown>;
}

const KNOWN_AI_EVENTS = ['$ai_generation', '$ai_embedding', '$ai_span', '$ai_trace', '$ai_metric'];

export function postHogFaults(event: PostHogLike, now: number): string[] {
  const faults = new Set<string>();
  const { batchKey: _, bytes, ...sent } = { batchKey: '', ...event };
  const json = JSON.stringify(sent);
  if (Buffer.byteLength(json) >= 900_000) faults.add('900 kB');
  if (bytes < Buffer.byteLength(json)) faults.add('bytes');
  const bare = event.distinctId.trim().toLowerCase();
  if (bare === '' || FORBIDDEN_IN_POSTHOG.some((word) => [word, `'${word}'`, `"${word}"`].includes(bare))) {
    faults.add('distinct_id');
  }
  if (event.distinctId.length > 200) faults.add('distinct_id length');
  if (event.event === '' || event.event.length > 200) faults.add('name');
  if (event.event.startsWith('$ai_') && !KNOWN_AI_EVENTS.includes(event.event)) faults.add('unknown $ai_ event');
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(event.uuid)) faults.add('uuid');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(event.timestamp)) faults.add('timestamp format');
  if (!(Date.parse(event.timestamp) <= now + 23 * 60 * 60 * 1000)) faults.add('timestamp');
  const traceId = event.properties.$ai_trace_id;
  const isTraceId = typeof traceId === 'string' && /^[\w~.@()!':|-]+$/.test(traceId);
  if (traceId !== undefined && !isTraceId) faults.add('$ai_trace_id');
  if (event.event.startsWith('$ai_') && event.event !== '$ai_metric' && traceId === undefined) faults.add('no trace');
  if (event.event === '$ai_generation' && !event.properties.$ai_model) faults.add('$ai_model');
  if (Object.values(event.properties).some((value) => value === null || value === undefined)) faults.add('null');
  if (Object.values(event.properties).some((value) => typeof value === 'number' && !Number.isFinite(value))) {
    faults.add('number');
  }
  if (depthOf(sent) > 100) faults.add('depth');
  checkTexts(sent, faults);
  return [...faults];
}

const FORBIDDEN_IN_MIXPANEL =
  '00000000-0000-0000-0000-000000000000,anon,anonymous,nil,none,null,n/a,na,undefined,unknown,<nil>,0,-1,true,false,[],{}'.split(
    ',',
  );

export function mixpanelFaults(json: string, bytes: number, now: number): string[] {
  const faults = new Set<string>();
  if (Buffer.byteLength(json) >= 1_000_000) faults.add('1 MB');
  if (bytes !== Buffer.byteLength(json) + 1) faults.add('bytes');
  const event: { event: string; properties: Record<string, unknown> } = JSON.parse(json);
  const { properties } = event;
  const lists = Object.values(properties).filter((value) => Array.isArray(value));
  const objects = Object.values(properties).filter((value) => typeof value === 'object' && !Array.isArray(value));
  const names = [...Object.keys(properties), ...objects.flatMap((object) => Object.keys(object ?? {}))];
  if (names.length >= 255) faults.add('255 properties');
  if (lists.some((list) => list.length >= 255)) faults.add('255 entries');
  if ([...lists, ...objects].some((value) => Buffer.byteLength(JSON.stringify(value)) > 8_192)) faults.add('8 kB');
  if (depthOf(event) > 3) faults.add('depth');
  for (const text of textsOf(event)) if (text.length > 255) faults.add('255 characters');
  if (Object.values(properties).includes(null)) faults.add('null');
  if (!/^[A-Za-z0-9-]{1,36}$/.test(String(properties.$insert_id))) faults.add('$insert_id');
  const { time, distinct_id: distinctId } = properties;
  const isTime = typeof time === 'number' && time >= Date.parse('1971-01-01') && time <= now + 60 * 60 * 1000;
  if (!isTime || !Number.isInteger(time)) faults.add('time');
  if (typeof distinctId !== 'string' || FORBIDDEN_IN_MIXPANEL.includes(distinctId.trim().toLowerCase())) {
    faults.add('distinct_id');
  }
  if ('$user_id' in properties && (properties.$user_id !== distinctId || distinctId === '')) faults.add('$user_id');
  if (distinctId !== '' && properties.$user_id !== distinctId) faults.add('no $user_id');
  if (properties.ip !== 0) faults.add('ip');
  checkTexts(event, faults);
  return [...faults];
}
