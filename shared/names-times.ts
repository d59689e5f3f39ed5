/**
 * Instants in object names: ISO 8601's basic form, `20260301T100000.000Z`. The extended form has colons, which Windows forbids in
 * file names and Hadoop's path parser refuses, so that files copied or listed by such tools would be lost. It sorts as text.
 */
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2}\.\d{3})Z$/;

/** The pieces of an instant as `iso()` writes it. */
export interface InstantPieces {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  /** With milliseconds: `00.000`. */
  second: string;
}

/** @throws RangeError when `instant` is not exactly `YYYY-MM-DDTHH:MM:SS.mmmZ`: a name must never be made of a cut or rounded time. */
export function piecesOf(instant: string): InstantPieces {
  const [, year, month, day, hour, minute, second] = ISO.exec(instant) ?? [];
  if (!year || !month || !day || !hour || !minute || !second) {
    throw new RangeError(
      `an instant in a name must look like 2026-03-01T10:00:00.000Z, got ${JSON.stringify(instant)}`,
    );
  }
  return { year, month, day, hour, minute, second };
}

/** `2026-03-01T10:00:00.000Z` → `20260301T100000.000Z`. */
export function compactInstant(instant: string): string {
  const { year, month, day, hour, minute, second } = piecesOf(instant);
  return `${year}${month}${day}T${hour}${minute}${second}Z`;
}
