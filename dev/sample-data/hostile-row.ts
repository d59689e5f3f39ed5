import type { HostileValue } from './hostile-values.ts';

/**
 * A value as the export must deliver it: instants as ISO text with six digits and Z, numbers inside maps and decimals
 * as their shortest decimal digits (JavaScript numbers would round them), everything else as JSON has it.
 */
export type ExpectedValue = string | number | boolean | null | readonly string[] | Readonly<Record<string, string>>;

export interface HostileRow {
  /** Its span_id, the exported `id`. */
  id: string;
  /** Columns of the events table; the others have their defaults. */
  columns: Readonly<Record<string, HostileValue>>;
  /** Exported columns (names of the export) that are not simply the text in the table. */
  expected?: Readonly<Record<string, ExpectedValue>>;
}
