/** Texts of input and output. */
import type { TableOptions } from './options.ts';
import { noteCuts, type Properties } from './properties.ts';

/** Unicode characters, as ClickHouse counts them. */
function charactersOf(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) ?? 0) > 0xffff) {
      pairs += 1;
      index += 1;
    }
  }
  return text.length - pairs;
}

/** Whether the query has left a part of the text in the table. */
function isCutByQuery(text: string, length: number | undefined): length is number {
  // No text has more characters than code units.
  return length !== undefined && (length > text.length || length > charactersOf(text));
}

export interface IoText {
  /** As it may be sent: with a marker when it was cut, here or by the query. */
  text: string;
  whole: boolean;
}

/**
 * The text of input or output as it may be sent, a cut noted in the properties; undefined when there is none, or none may leave.
 * @param length characters of the text in the table
 */
export function ioText(
  properties: Properties,
  text: string | null | undefined,
  length: number | undefined,
  options: TableOptions,
): IoText | undefined {
  if (!options.includeIo || !text) return undefined;
  const cut = options.cutIo(text, isCutByQuery(text, length) ? length : undefined);
  const whole = cut === text;
  if (!whole) noteCuts(properties, 1);
  return { text: cut, whole };
}
