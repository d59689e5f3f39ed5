/** Texts cut to a size, at the border of a character, with a marker that says how long they were. */

/**
 * Cuts a text to a size.
 * @param characters given when the text is only the beginning of a longer one: how long that is, for a marker in any case
 */
export type CutText = (text: string, characters?: number) => string;

/** Bytes in UTF-8 of what begins at a code unit: 4 for a pair, which takes two units. */
function utf8Bytes(unit: number, isPair: boolean): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return isPair ? 4 : 3;
}

/** Bytes in JSON, where quotes, backslashes and control characters are escaped. */
function jsonBytes(unit: number, isPair: boolean): number {
  if (unit === 0x22 || unit === 0x5c) return 2;
  // \b, \t, \n, \f and \r have short escapes.
  if (unit < 0x20) return unit >= 8 && unit <= 13 && unit !== 11 ? 2 : 6;
  return utf8Bytes(unit, isPair);
}

type BytesOf = typeof utf8Bytes;

/** Index behind the last whole character that fits. */
function fitting(text: string, bytes: number, bytesOf: BytesOf): number {
  let used = 0;
  let index = 0;
  while (index < text.length) {
    const isPair = (text.codePointAt(index) ?? 0) > 0xffff;
    used += bytesOf(text.charCodeAt(index), isPair);
    if (used > bytes) return index;
    index += isPair ? 2 : 1;
  }
  return index;
}

function marked(text: string, bytes: number, characters: number, bytesOf: BytesOf): string {
  const marker = `… [cut: ${characters} characters]`;
  // The marker is ASCII but for its first character, of 3 bytes.
  return text.slice(0, fitting(text, Math.max(0, bytes - marker.length - 2), bytesOf)) + marker;
}

/**
 * The text when it takes no more than `bytes` bytes of UTF-8 (at least 40), else its beginning with the marker, in UTF-16 code units.
 * @param characters as in {@link CutText}
 */
export function cutToBytes(text: string, bytes: number, characters?: number): string {
  // Quick answers first: a code unit takes 1 to 3 bytes.
  const fits = text.length * 3 <= bytes || (text.length <= bytes && Buffer.byteLength(text) <= bytes);
  return fits && characters === undefined ? text : marked(text, bytes, characters ?? text.length, utf8Bytes);
}

/** Like {@link cutToBytes}, by the bytes that the text takes in JSON, quotes around it not counted. */
export function cutToJsonBytes(text: string, bytes: number, characters?: number): string {
  const fits = text.length * 6 <= bytes || (text.length <= bytes && fitting(text, bytes, jsonBytes) === text.length);
  return fits && characters === undefined ? text : marked(text, bytes, characters ?? text.length, jsonBytes);
}
