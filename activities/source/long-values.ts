/**
 * Parameters travel in the URL, which proxies cut or refuse beyond some kilobytes. (A form in the body, ClickHouse's other way, limits
 * each field to 128 KiB, also the statement.) So long lists and texts go into the statement, written as hexadecimal digits only.
 */
import type { ParameterValue, Statement } from './statement.ts';

/** Of all values of a statement as they stand in the URL; settings and names need about 3 KB beside them. */
const MOST_URL_BYTES = 3_000;
/** Of one value: those below stay parameters. */
const SHORT_VALUE_BYTES = 100;

/** The same statement, with its long values in the text if there is no room for them in a URL. */
export function withLongValuesInText({ sql, params }: Statement): Statement {
  const sizes = new Map(Object.entries(params).map(([name, value]) => [name, urlBytes(value)]));
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (all <= MOST_URL_BYTES) return { sql, params };
  const moved = new Set<string>();
  const text = sql.replaceAll(/\{(\w+):(String|Array\(String\))\}/g, (placeholder, name: string) => {
    const value = params[name];
    if ((sizes.get(name) ?? 0) <= SHORT_VALUE_BYTES || value === undefined || typeof value === 'number')
      return placeholder;
    moved.add(name);
    return typeof value === 'string'
      ? `unhex(${hex(value)})`
      : `arrayMap(hex -> unhex(hex), [${value.map(hex).join()}])`;
  });
  return { sql: text, params: Object.fromEntries(Object.entries(params).filter(([name]) => !moved.has(name))) };
}

function hex(text: string): string {
  return `'${Buffer.from(text, 'utf8').toString('hex')}'`;
}

/** At most: what is no letter or digit takes three bytes for each of its own. */
function urlBytes(value: ParameterValue): number {
  if (typeof value === 'number') return String(value).length;
  const parts = typeof value === 'string' ? [value] : value;
  return parts.reduce((sum, part) => sum + encodeURIComponent(part).length + 12, 0);
}
