/**
 * Texts that every JSON reader takes. A lone surrogate makes PostHog refuse the whole request, and neither vendor stores NUL: both become
 * U+FFFD.
 */

/** The text itself when it is clean. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes('\0') ? formed.replaceAll('\0', '\uFFFD') : formed;
}

/** How JSON writes what {@link cleanText} replaces: well-formed surrogates stand in it as themselves. */
const UNCLEAN = /\\u(?:0000|d[89a-f])/;

/** Whether texts in this JSON may have to be cleaned. May err to the safe side, for texts that speak of escapes. */
export function mayBeUnclean(json: string): boolean {
  return json.includes('\\u') && UNCLEAN.test(json);
}

/** A copy of a value of JSON with all texts and names clean. */
export function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value === 'object' && value !== null) return cleanRecord(value);
  return value;
}

export function cleanRecord(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [cleanText(name), cleanValue(value)]));
}
