/** Writes JavaScript values as ClickHouse literals. The engine unescapes backslashes, so both signs are escaped. */

export function textLiteral(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function textArrayLiteral(values: readonly string[]): string {
  return `[${values.map(textLiteral).join(',')}]`;
}

/** A map from text to text, with its type, so that empty ones can stand beside full ones in an array. */
export function textMapLiteral(entries: Readonly<Record<string, string>>): string {
  const parts = Object.entries(entries).flatMap(([key, value]) => [textLiteral(key), textLiteral(value)]);
  return `CAST(map(${parts.join(',')}), 'Map(String, String)')`;
}
