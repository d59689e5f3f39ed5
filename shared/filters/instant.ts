/** Microseconds since 1970 of a filter's date or instant, as decimal digits: beyond 2255 they exceed JavaScript's integers. */
export function filterMicros(instant: string): string {
  const [, fraction = ''] = /\.(\d{1,6})/.exec(instant) ?? [];
  const whole = BigInt(Date.parse(instant.replace(/\.\d+/, ''))) * 1000n;
  return String(whole + BigInt(fraction.padEnd(6, '0')));
}
