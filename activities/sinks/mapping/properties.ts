/** Properties of events: what is null, empty or not a finite number gives none. */

/** Written once, by the functions below. */
export type Properties = Record<string, unknown>;

/** How many texts of the event were cut; absent when none was. */
export const CUT_TEXTS = 'langfuse_cut_texts';

export function putText(properties: Properties, name: string, value: string | null | undefined): void {
  if (value) properties[name] = value;
}

export function putNumber(properties: Properties, name: string, value: number | null | undefined): void {
  if (typeof value === 'number' && Number.isFinite(value)) properties[name] = value;
}

export function putTexts(properties: Properties, name: string, texts: readonly string[] | undefined): void {
  if (texts !== undefined && texts.length > 0) properties[name] = texts;
}

/** An object with text values. They stay texts even where they hold JSON: numbers of 64 bits would change, and depth has limits. */
export function putPairs(properties: Properties, name: string, pairs: Record<string, string> | undefined): void {
  if (pairs !== undefined && hasNames(pairs)) properties[name] = pairs;
}

function hasNames(pairs: object): boolean {
  for (const name in pairs) if (Object.hasOwn(pairs, name)) return true;
  return false;
}

export function noteCuts(properties: Properties, cuts: number): void {
  if (cuts === 0) return;
  const before = properties[CUT_TEXTS];
  properties[CUT_TEXTS] = cuts + (typeof before === 'number' ? before : 0);
}
