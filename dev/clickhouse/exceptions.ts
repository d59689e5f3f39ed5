/** An error in ClickHouse's own form: number and text (`Code: N. DB::Exception: … (NAME)`). */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException';
  readonly code: number;

  constructor(code: number, text: string) {
    super(`Code: ${code}. DB::Exception: ${text}`);
    this.code = code;
  }
}

const PREFIX = /^Code: (\d+)\. DB::Exception: /;
const VERSION_TAIL = /(?:\s*\([A-Z0-9_]+\)\s*\(version [^)]*\)\.?)+(?=\s*\([A-Z0-9_]+\)\s*$)/;
const UNKNOWN_EXCEPTION = 1002;

/**
 * Turns what the addon threw into ClickHouse's form. The engine's client part repeats prefix and tail once per thread
 * that the error passed (`Code: 241. DB::Exception: Code: 241. DB::Exception: …`).
 */
export function fromEngine(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error;
  let text = error instanceof Error ? error.message : String(error);
  let code: number | undefined;
  for (let match = PREFIX.exec(text); match !== null; match = PREFIX.exec(text)) {
    code ??= Number(match[1]);
    text = text.slice(match[0].length);
  }
  return new ClickHouseException(
    code ?? UNKNOWN_EXCEPTION,
    code === undefined ? `${text} (UNKNOWN_EXCEPTION)` : text.replace(VERSION_TAIL, ''),
  );
}

const STATUS_BY_CODE: ReadonlyMap<number, number> = new Map([
  // cannot parse, bad arguments, syntax, wrong types
  ...[6, 25, 26, 27, 36, 38, 41, 53, 62, 69, 72, 117, 456, 457].map((code) => [code, 400] as const),
  [194, 401],
  // authentication and missing grants
  ...[192, 193, 291, 497, 516].map((code) => [code, 403] as const),
  // unknown table, function, identifier, type, storage, database, setting, format
  ...[46, 47, 50, 56, 57, 60, 63, 73, 81, 115].map((code) => [code, 404] as const),
  [159, 408],
  [381, 411],
  [48, 501],
  [209, 503],
]);

/** The HTTP status that ClickHouse gives to an error number (its `exceptionCodeToHTTPStatus`); 500 for most. */
export function httpStatusOf(code: number): number {
  return STATUS_BY_CODE.get(code) ?? 500;
}
