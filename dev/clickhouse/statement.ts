import { ClickHouseException } from './exceptions.ts';
import { isKeyword, type SqlToken, sqlTokens } from './sql-tokens.ts';

/** What kind of statement a request holds, cut where the front has to put something in between. */
export type Statement =
  /** Gives rows: `head` [INTO OUTFILE] FORMAT `format` `tail`. */
  | { kind: 'rows'; sql: string; head: string; format: string | undefined; tail: string }
  /** Takes rows from the request: `head` [FROM INFILE] `tail` FORMAT `format`; the rows start at `dataStart`. */
  | { kind: 'insert-data'; head: string; tail: string; format: string; dataStart: number }
  | { kind: 'insert-select'; sql: string }
  | { kind: 'kill'; condition: string; sync: boolean; test: boolean; format: string | undefined }
  /** Anything else: CREATE, ALTER, SYSTEM, SET … */
  | { kind: 'other'; sql: string; format: string | undefined };

const ROWS = ['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK', 'FROM'];

/** Reads a whole statement. Throws 62 (syntax) for several statements and 48 for files of the server. */
export function parseStatement(sql: string): Statement {
  const tokens = significantTokens(sql);
  const first = tokens[0];
  if (first === undefined) throw new ClickHouseException(62, 'Syntax error: Empty query. (SYNTAX_ERROR)');
  if (isKeyword(first, 'INSERT')) return parseInsert(sql) ?? { kind: 'insert-select', sql: upTo(sql, tokens.at(-1)) };
  refuseServerFiles(tokens);
  const body = upTo(sql, tokens.at(-1));
  const clause = findFormat(tokens);
  const format = clause?.name.text;
  if (isKeyword(first, 'KILL') && isKeyword(tokens[1], 'QUERY')) return parseKill(sql, tokens, clause);
  if (!isKeyword(first, ...ROWS) && first.text !== '(') return { kind: 'other', sql: body, format };
  if (clause === undefined) return { kind: 'rows', sql: body, head: body, format, tail: '' };
  return {
    kind: 'rows',
    sql: body,
    head: sql.slice(0, clause.keyword.start),
    format,
    tail: body.slice(clause.name.end),
  };
}

/** Reads the start of an INSERT whose rows follow in the text or the body; undefined for any other statement. */
export function parseInsert(sql: string): Extract<Statement, { kind: 'insert-data' }> | undefined {
  const seen: SqlToken[] = [];
  let settings: SqlToken | undefined;
  for (const token of sqlTokens(sql)) {
    const previous = seen.at(-1);
    if (previous === undefined && !isKeyword(token, 'INSERT')) return undefined;
    seen.push(token);
    if (token.depth > 0) continue;
    if (isKeyword(token, 'SELECT', 'WITH') || (isKeyword(token, 'EXPLAIN') && seen.length > 2)) return undefined;
    if (isKeyword(token, 'INFILE', 'OUTFILE')) refuseServerFiles(seen);
    if (isKeyword(token, 'SETTINGS')) settings = token;
    const isFormat = isKeyword(previous, 'FORMAT') && token.kind === 'word';
    const isValues = isKeyword(token, 'VALUES') && !isKeyword(previous, 'FORMAT');
    if (!isFormat && !isValues) continue;
    const clauseStart = isFormat ? (previous?.start ?? token.start) : token.start;
    const headEnd = settings?.start ?? clauseStart;
    return {
      kind: 'insert-data',
      head: sql.slice(0, headEnd),
      tail: sql.slice(headEnd, clauseStart),
      format: isFormat ? token.text : 'Values',
      dataStart: token.end + blankLength(sql, token.end),
    };
  }
  return undefined;
}

function blankLength(sql: string, from: number): number {
  return /^[ \t\f]*;?[ \t\f]*(?:\r?\n)?/.exec(sql.slice(from, from + 1000))?.[0].length ?? 0;
}

function significantTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let ended = false;
  for (const token of sqlTokens(sql)) {
    if (token.text === ';' && token.depth === 0) {
      // Behind an INSERT … FORMAT stand rows, not SQL.
      if (isKeyword(tokens[0], 'INSERT')) return tokens;
      ended = true;
    } else if (ended) {
      throw new ClickHouseException(62, 'Syntax error: Multi-statements are not allowed. (SYNTAX_ERROR)');
    } else {
      tokens.push(token);
    }
  }
  return tokens;
}

function refuseServerFiles(tokens: readonly SqlToken[]): void {
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if ((isKeyword(token, 'INTO') && isKeyword(next, 'OUTFILE')) || (isKeyword(token, 'FROM') && isFile(tokens, index)))
      throw new ClickHouseException(48, `${next?.text} is not allowed over HTTP. (NOT_IMPLEMENTED)`);
  }
}

function isFile(tokens: readonly SqlToken[], from: number): boolean {
  return isKeyword(tokens[from + 1], 'INFILE') && (tokens[from + 2]?.kind ?? 'string') === 'string';
}

interface FormatClause {
  keyword: SqlToken;
  name: SqlToken;
}

/** `FORMAT X` at the end, or before a last `SETTINGS`. A column called format is not one. */
function findFormat(tokens: readonly SqlToken[]): FormatClause | undefined {
  for (let index = tokens.length - 2; index > 0; index -= 1) {
    const keyword = tokens[index];
    const name = tokens[index + 1];
    if (keyword === undefined || name === undefined || keyword.depth > 0 || !isKeyword(keyword, 'FORMAT')) continue;
    const next = tokens[index + 2];
    const closes = next === undefined || isKeyword(next, 'SETTINGS');
    if (closes && name.kind === 'word' && endsExpression(tokens[index - 1])) return { keyword, name };
  }
  return undefined;
}

const BEFORE_AN_EXPRESSION = 'SELECT DISTINCT BY ON AND OR NOT WHERE PREWHERE HAVING QUALIFY AS CASE WHEN THEN ELSE';

function endsExpression(token: SqlToken | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'symbol') return [')', ']', '}', '*'].includes(token.text);
  return !isKeyword(token, ...BEFORE_AN_EXPRESSION.split(' '));
}

function parseKill(sql: string, tokens: readonly SqlToken[], clause: FormatClause | undefined): Statement {
  const where = tokens.findIndex((token) => token.depth === 0 && isKeyword(token, 'WHERE'));
  const from = tokens[where];
  if (from === undefined)
    throw new ClickHouseException(62, 'Syntax error: KILL QUERY without WHERE. Expected WHERE. (SYNTAX_ERROR)');
  const rest = tokens.slice(where + 1).filter((token) => clause === undefined || token.start < clause.keyword.start);
  const last = rest.at(-1);
  const mode = isKeyword(last, 'SYNC', 'ASYNC', 'TEST') ? last : undefined;
  const end = mode?.start ?? last?.end ?? from.end;
  return {
    kind: 'kill',
    condition: sql.slice(from.end, end),
    sync: isKeyword(mode, 'SYNC'),
    test: isKeyword(mode, 'TEST'),
    format: clause?.name.text,
  };
}

function upTo(sql: string, last: SqlToken | undefined): string {
  return sql.slice(0, last?.end ?? sql.length);
}
