/** Writes JavaScript values as ClickHouse literals. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
const special = /[\u0000-\u001f\u007f'\\]/g;

/** Control characters are written as escapes, so that the statement itself stays plain text. */
export function textLiteral(value: string): string {
  const escaped = (char: string): string =>
    char === "'" || char === '\\' ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `'${value.replace(special, escaped)}'`;
}

export function textArrayLiteral(values: readonly string[]): string {
  return `[${values.map(textLiteral).join(',')}]`;
}

/** A map from text to text, with its type, so that empty ones can stand beside full ones in an array. */
export function textMapLiteral(entries: Readonly<Record<string, string>>): string {
  const parts = Object.entries(entries).flatMap(([key, value]) => [textLiteral(key), textLiteral(value)]);
  return `CAST(map(${parts.join(',')}), 'Map(String, String)')`;
}
