/** A token that means something: comments and white space are left out. */
export interface SqlToken {
  kind: 'word' | 'quoted-name' | 'string' | 'number' | 'symbol';
  text: string;
  start: number;
  end: number;
  /** How many brackets of any kind are open around it. */
  depth: number;
}

const TOKEN = new RegExp(
  [
    /(?<blank>\s+|--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
    /(?<heredoc>\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)/,
    /(?<string>'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'?)/,
    /(?<quoted>"[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"?|`[^`\\]*(?:(?:\\[\s\S]|``)[^`\\]*)*`?)/,
    /(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/,
    /(?<number>\d[\w.]*)/,
    /(?<symbol>[\s\S])/,
  ]
    .map((part) => part.source)
    .join('|'),
  'y',
);

/**
 * Splits SQL by ClickHouse's lexical rules, lazily: the text behind the last token asked for may be anything
 * (the data of an INSERT).
 */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  const pattern = new RegExp(TOKEN);
  let depth = 0;
  let position = 0;
  while (position < sql.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(sql);
    if (match === null) return;
    const text = match[0];
    const start = position;
    position += text.length;
    const groups = match.groups ?? {};
    if (groups.blank !== undefined) continue;
    if (text === ')' || text === ']' || text === '}') depth -= 1;
    yield { kind: kindOf(groups), text, start, end: position, depth };
    if (text === '(' || text === '[' || text === '{') depth += 1;
  }
}

function kindOf(groups: Record<string, string | undefined>): SqlToken['kind'] {
  if (groups.heredoc !== undefined || groups.string !== undefined) return 'string';
  if (groups.quoted !== undefined) return 'quoted-name';
  if (groups.word !== undefined) return 'word';
  return groups.number === undefined ? 'symbol' : 'number';
}

/** Whether the token is this keyword, unquoted and in any case. */
export function isKeyword(token: SqlToken | undefined, ...keywords: readonly string[]): boolean {
  return token !== undefined && token.kind === 'word' && keywords.includes(token.text.toUpperCase());
}

/** The value as an SQL string literal. */
export function sqlString(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** The name as a quoted SQL identifier. */
export function sqlName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
