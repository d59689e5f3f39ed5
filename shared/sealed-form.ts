/** How a sealed secret looks, apart from the cryptography, so that workflow code can tell one without importing Node modules. */
export const SEALED_FORM = /^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{38,})$/;

/** True for text in the sealed form; says nothing about whether it can be opened. */
export function isSealed(text: string): boolean {
  return SEALED_FORM.test(text);
}
