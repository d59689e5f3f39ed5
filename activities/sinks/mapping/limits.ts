/** Properties within a vendor's limits. */
import type { CutText } from './cut-text.ts';
import { noteCuts, type Properties } from './properties.ts';

export interface Limits {
  /** Cuts a text to its most bytes, in lists and objects too, and a name in an object. */
  cutText: CutText;
  /** Most entries of a list. */
  entries: number;
  /** Most names of an object. */
  names: number;
  /** Most bytes of a list or object as JSON. */
  valueBytes: number;
}

/**
 * Cuts texts with a marker, and lists and objects at their end: then `<name>_count` says how many entries there were. Texts that were cut
 * are counted. Texts are cut in lists, in objects, and in objects in lists. The properties are changed, their values never: those are the
 * row's.
 */
export function cutProperties(properties: Properties, limits: Limits): void {
  let cuts = 0;
  for (const name of Object.keys(properties)) {
    const value = properties[name];
    if (typeof value === 'string') {
      const cut = limits.cutText(value);
      if (cut === value) continue;
      properties[name] = cut;
      cuts += 1;
    } else if (Array.isArray(value)) {
      cuts += cutList(properties, name, value, limits);
    } else if (typeof value === 'object' && value !== null) {
      cuts += cutObject(properties, name, value, limits);
    }
  }
  noteCuts(properties, cuts);
}

/** A value within a list or object. What is nested deeper stays as it is, and goes with its list or object when that is too large. */
function cutInner(value: unknown, limits: Limits): unknown {
  if (typeof value === 'string') return limits.cutText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const cut = entries.map(([name, inner]) => [name, typeof inner === 'string' ? limits.cutText(inner) : inner]);
  return cut.every(([, inner], index) => inner === entries[index]?.[1]) ? value : Object.fromEntries(cut);
}

const jsonSize = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

/** Whether a list or object is as it should be, which most are. */
function isWithin(value: object, limits: Limits, entries: number): boolean {
  let count = 0;
  for (const inner of Object.values(value)) {
    count += 1;
    if (count > entries || cutInner(inner, limits) !== inner) return false;
  }
  return jsonSize(value) <= limits.valueBytes;
}

function cutList(properties: Properties, name: string, list: readonly unknown[], limits: Limits): number {
  if (isWithin(list, limits, limits.entries)) return 0;
  const kept: unknown[] = [];
  let cuts = 0;
  let bytes = 2;
  for (const value of list) {
    const cut = cutInner(value, limits);
    bytes += jsonSize(cut);
    if (kept.length >= limits.entries || bytes > limits.valueBytes) break;
    if (cut !== value) cuts += 1;
    kept.push(cut);
  }
  properties[name] = kept;
  if (kept.length < list.length) properties[`${name}_count`] = list.length;
  return cuts;
}

function cutObject(properties: Properties, name: string, object: object, limits: Limits): number {
  if (isWithin(object, limits, limits.names) && Object.keys(object).every((inner) => limits.cutText(inner) === inner)) {
    return 0;
  }
  const entries = Object.entries(object);
  const kept = new Map<string, unknown>();
  let cuts = 0;
  let bytes = 2;
  for (const [inner, value] of entries) {
    const cutName = limits.cutText(inner);
    const cut = cutInner(value, limits);
    bytes += jsonSize(cutName) + jsonSize(cut);
    if (kept.size >= limits.names || bytes > limits.valueBytes) break;
    if (cut !== value || cutName !== inner) cuts += 1;
    // Long names may be the same once cut: the first stays, and the count tells of the others.
    if (!kept.has(cutName)) kept.set(cutName, cut);
  }
  // Not assigned one by one: that would lose a name `__proto__`.
  properties[name] = Object.fromEntries(kept);
  if (kept.size < entries.length) properties[`${name}_count`] = entries.length;
  return cuts;
}
