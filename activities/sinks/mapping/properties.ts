/**
 * Properties of events: what is null, empty or not a finite number gives none. The tables assign each by its own name, `properties.name = …`:
 * objects filled through `properties[name]` become dictionaries in V8, which take twice as long to fill and to write as JSON (measured).
 */
export type Properties = Record<string, unknown>;

export function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function hasTexts(texts: readonly string[] | undefined): texts is readonly string[] {
  return texts !== undefined && texts.length > 0;
}

/** Of an object with text values. They stay texts even where they hold JSON: numbers of 64 bits would change, and depth has limits. */
export function hasNames(pairs: Record<string, string> | undefined): pairs is Record<string, string> {
  for (const name in pairs) if (Object.hasOwn(pairs, name)) return true;
  return false;
}

/** Adds to the number of texts of the event that were cut; without any there is no such property. */
export function noteCuts(properties: Properties, cuts: number): void {
  if (cuts === 0) return;
  const before = properties.langfuse_cut_texts;
  properties.langfuse_cut_texts = cuts + (typeof before === 'number' ? before : 0);
}
