/** A line for the Temporal UI, cut to the 200 bytes that Temporal takes. */
export function staticSummary(line: string): string {
  // A character that is cut in the middle would decode as U+FFFD.
  return Buffer.from(line)
    .subarray(0, 200)
    .toString()
    .replace(/\uFFFD+$/, '');
}
