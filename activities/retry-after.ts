/** No server may stop us for longer. */
const LONGEST_WAIT_MS = 60 * 60_000;

/**
 * The header Retry-After in milliseconds from `now` (epoch ms): seconds or a date, at most an hour. Undefined for "now" and for what
 * cannot be read: our own pauses are better then.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : undefined;
}
