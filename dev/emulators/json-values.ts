/** What stands in the braces of a JSON object. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value that a text holds; undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A character of a text takes at most six bytes in JSON (`\u0000`). */
const BYTES_OF_A_CHARACTER = 6;
const BYTES_OF_A_NUMBER = 25;

/** True when the value as JSON has more than `limit` bytes. */
export function isLargerThan(value: unknown, limit: number): boolean {
  // Writing every event out would cost more than all the rest; a bound from above is enough for nearly all.
  if (mostBytes(value) <= limit) return false;
  return Buffer.byteLength(JSON.stringify(value) ?? '') > limit;
}

function mostBytes(value: unknown): number {
  if (typeof value === 'string') return value.length * BYTES_OF_A_CHARACTER + 2;
  if (typeof value !== 'object' || value === null) return BYTES_OF_A_NUMBER;
  if (Array.isArray(value)) return value.reduce((bytes: number, element) => bytes + mostBytes(element) + 1, 2);
  return isObject(value) ? mostBytesOfObject(value) : 0;
}

function mostBytesOfObject(object: JsonObject): number {
  let bytes = 2;
  for (const key in object) {
    const value = object[key];
    bytes += key.length * BYTES_OF_A_CHARACTER + 4;
    // The usual cases without a call.
    if (typeof value === 'string') bytes += value.length * BYTES_OF_A_CHARACTER + 2;
    else if (typeof value === 'number') bytes += BYTES_OF_A_NUMBER;
    else bytes += mostBytes(value);
  }
  return bytes;
}
