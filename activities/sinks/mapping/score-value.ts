import type { ScoreRow } from '../sink-row.ts';

/** The value of a score as text: the category of categorical ones, `True` or `False` of boolean ones, else the number; undefined without one. */
export function scoreValueOf(row: ScoreRow): string | undefined {
  if (row.string_value) return row.string_value;
  return row.value !== null && Number.isFinite(row.value) ? String(row.value) : undefined;
}
