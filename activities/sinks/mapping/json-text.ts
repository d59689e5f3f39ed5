/** JSON inside texts of rows. */

/** Readers of JSON give up below 128 levels (PostHog's does), and the event around the value has some of its own. */
const MOST_LEVELS = 60;

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const inner of Object.values(value)) if (!isWithin(inner, levels - 1)) return false;
  return true;
}

function isObjectOrList(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const BEGINNING = /^\s*[[{]/;

/** The object or list that the text is; undefined when it is anything else, or nested deeper than vendors can read. */
export function parseJsonText(text: string): object | undefined {
  if (!BEGINNING.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObjectOrList(value) && isWithin(value, MOST_LEVELS) ? value : undefined;
  } catch {
    // Text that only begins like JSON.
    return undefined;
  }
}

/** A property of an object that came from JSON. */
export function member(value: unknown, name: string): unknown {
  if (!isObjectOrList(value)) return undefined;
  const found: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return found;
}
