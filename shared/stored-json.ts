/** Looking at JSON that another version of the code stored, without trusting its shape. Nothing here throws. */

export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Epoch milliseconds that `iso()` can write, with room for a period and its delay behind it. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.6e15;
}

export function isAbsentOr(isKind: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || isKind(value);
}

export function areStrings(...values: unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

/** The fields of `stored` over those of `base`; one of another kind than in `base` counts as missing, unknown ones are kept. */
export function overlay<T extends object>(base: T, stored: unknown): T {
  if (!isRecord(stored)) return base;
  const kinds = new Map(Object.entries(base).map(([name, value]) => [name, kindOf(value)]));
  const fitting = Object.entries(stored).filter(
    ([name, value]) => (kinds.get(name) ?? kindOf(value)) === kindOf(value),
  );
  return { ...base, ...Object.fromEntries(fitting) };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
