import { inspect } from 'node:util';
import { expect } from 'vitest';
import { ExportError } from '../../activities/export-error.ts';

/** The ExportError with which the operation fails; the test fails when it succeeds or fails otherwise. */
export async function catchExportError(operation: Promise<unknown>): Promise<ExportError> {
  const outcome = await operation.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (!(outcome instanceof ExportError)) throw new Error(`expected an ExportError, got ${inspect(outcome)}`);
  return outcome;
}

/** Looks into message, remedy, stack, causes and every property, however deep. */
export function expectNoSecrets(error: unknown, secrets: readonly string[]): void {
  const text = inspect(error, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  for (const secret of secrets) expect(text).not.toContain(secret);
  for (const pattern of [/X-Amz-Signature/i, /AWS4-HMAC/, /StringToSign/i, /CanonicalRequest/i]) {
    expect(text).not.toMatch(pattern);
  }
}
