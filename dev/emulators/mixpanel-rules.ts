import { isLargerThan, isObject, type JsonObject } from './json-values.ts';

/** An event that Mixpanel imports. */
export interface ImportedEvent {
  event: string;
  distinctId: string;
  insertId: string;
  /** Epoch ms. */
  time: number;
  properties: JsonObject;
  /** Texts that were cut at 255 bytes. */
  cuts: number;
}

/** Why an event is not imported. */
export interface ImportFault {
  reason: string;
  /** As `failed_records` names it. */
  field: string;
  message: string;
}

/** "< 1 MB": the smaller of the two meanings. */
export const MAX_EVENT_BYTES = 1_000_000 - 1;
/** Properties of an event, keys of an object and elements of an array. */
const MAX_ELEMENTS = 254;
/** `properties` itself is the first layer: the strictest reading of "3". */
const MAX_DEPTH = 3;
/** Mixpanel's documentation says bytes in one place and characters in another; bytes are fewer. */
const MAX_TEXT_BYTES = 255;
/** No character takes more bytes of UTF-8 for each unit of a text's length. */
const BYTES_OF_A_UNIT = 3;
const EARLIEST = Date.UTC(1971, 0, 1);
const MAX_FUTURE_MS = 3_600_000;

const INSERT_ID = /^[A-Za-z0-9-]{1,36}$/;
/** In lower case. */
const FORBIDDEN_DISTINCT_IDS = new Set([
  '00000000-0000-0000-0000-000000000000',
  'anon',
  'anonymous',
  'nil',
  'none',
  'null',
  'n/a',
  'na',
  'undefined',
  'unknown',
  '<nil>',
  '0',
  '-1',
  'true',
  'false',
  '[]',
  '{}',
]);

/**
 * The event as Mixpanel keeps it, or what is wrong with it. Long texts are cut in place. `now` in epoch ms; `mayBeLarge` false spares the
 * look at its size, where the whole body is smaller than one event may be.
 */
export function readEvent(value: unknown, now: number, mayBeLarge: boolean): ImportedEvent | ImportFault {
  if (!isObject(value)) return fault('not_an_object', '', 'must be an object');
  const { event, properties } = value;
  if (typeof event !== 'string' || event === '') return fault('event_name_missing', 'event', 'must be a text');
  if (!isObject(properties)) return fault('properties_missing', 'properties', 'must be an object');
  const { time, distinct_id: distinctId, $insert_id: insertId } = properties;
  if (typeof time !== 'number' || !Number.isInteger(time))
    return fault('time_missing', 'properties.time', 'must be a number');
  if (time < EARLIEST) return fault('time_too_early', 'properties.time', 'must be in ms, from 1971-01-01');
  if (time > now + MAX_FUTURE_MS) return fault('time_in_future', 'properties.time', 'must be at most an hour ahead');
  if (typeof distinctId !== 'string') return fault('distinct_id_missing', 'properties.distinct_id', 'must be a text');
  if (FORBIDDEN_DISTINCT_IDS.has(distinctId.toLowerCase())) {
    return fault('distinct_id_forbidden', 'properties.distinct_id', 'must not stand for nobody');
  }
  if (typeof insertId !== 'string' || !INSERT_ID.test(insertId)) {
    return fault('insert_id_invalid', 'properties.$insert_id', 'must be 1 to 36 letters, digits and hyphens');
  }
  if (mayBeLarge && isLargerThan(value, MAX_EVENT_BYTES))
    return fault('event_too_large', 'event', 'must be less than 1 MB');
  const limits: Limits = { cuts: 0, reason: undefined };
  keepWithinLimits(properties, 1, limits);
  if (limits.reason !== undefined) return fault(limits.reason, 'properties', 'has too many elements or layers');
  const isCut = isTooLong(event);
  return {
    event: isCut ? cut(event) : event,
    distinctId,
    insertId,
    time,
    properties,
    cuts: limits.cuts + (isCut ? 1 : 0),
  };
}

function fault(reason: string, field: string, message: string): ImportFault {
  return { reason, field, message };
}

function isTooLong(text: string): boolean {
  return text.length * BYTES_OF_A_UNIT > MAX_TEXT_BYTES && Buffer.byteLength(text) > MAX_TEXT_BYTES;
}

function cut(text: string): string {
  return Buffer.from(text).toString('utf8', 0, MAX_TEXT_BYTES);
}

interface Limits {
  cuts: number;
  reason: 'too_many_properties' | 'too_many_keys' | 'array_too_long' | 'too_deep' | undefined;
}

function keepWithinLimits(object: JsonObject, depth: number, limits: Limits): void {
  let keys = 0;
  for (const key in object) {
    keys++;
    const value = object[key];
    if (typeof value === 'string') {
      if (isTooLong(value)) {
        limits.cuts++;
        object[key] = cut(value);
      }
    } else if (typeof value === 'object' && value !== null) keepNestedWithinLimits(value, depth + 1, limits);
  }
  if (keys > MAX_ELEMENTS) limits.reason ??= depth === 1 ? 'too_many_properties' : 'too_many_keys';
}

function keepNestedWithinLimits(value: object, depth: number, limits: Limits): void {
  if (depth > MAX_DEPTH) {
    limits.reason ??= 'too_deep';
  } else if (Array.isArray(value)) {
    if (value.length > MAX_ELEMENTS) limits.reason ??= 'array_too_long';
    for (const [index, element] of value.entries()) {
      if (typeof element === 'string' && isTooLong(element)) {
        limits.cuts++;
        value[index] = cut(element);
      } else if (typeof element === 'object' && element !== null) keepNestedWithinLimits(element, depth + 1, limits);
    }
  } else if (isObject(value)) keepWithinLimits(value, depth, limits);
}
