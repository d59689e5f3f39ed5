import { textArrayLiteral, textLiteral } from './literals.ts';

/** A column's value as an SQL expression: for what a JavaScript string or number cannot hold. */
export interface Sql {
  sql: string;
}

export type HostileValue = string | number | boolean | null | readonly string[] | Sql;

export const sql = (expression: string): Sql => ({ sql: expression });

/** Bytes written as hexadecimal digits; spaces are ignored. */
export const bytes = (hex: string): Sql => sql(`unhex('${hex.replaceAll(' ', '')}')`);

/** An instant such as `2299-12-31 23:59:59.999999`, in UTC. */
export const instant = (text: string): Sql => sql(`toDateTime64('${text}', 6, 'UTC')`);

/** A map of whole numbers, each written in digits; a key may come twice. */
export const counts = (...pairs: readonly (readonly [string, string])[]): Sql =>
  sql(
    `CAST(map(${pairs.map(([key, count]) => `${textLiteral(key)}, toUInt64(${count})`).join(', ')}), 'Map(LowCardinality(String), UInt64)')`,
  );

/** A map of amounts, each written in digits with up to twelve after the point. */
export const amounts = (...pairs: readonly (readonly [string, string])[]): Sql =>
  sql(`map(${pairs.map(([key, amount]) => `${textLiteral(key)}, toDecimal64('${amount}', 12)`).join(', ')})`);

/** A map from text to text. */
export const texts = (...pairs: readonly (readonly [string, string])[]): Sql =>
  sql(`map(${pairs.flatMap((pair) => pair.map(textLiteral)).join(', ')})`);

export function toSql(value: HostileValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return textLiteral(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return 'sql' in value ? value.sql : `CAST(${textArrayLiteral(value)}, 'Array(String)')`;
}
