import { isKeyword, type SqlToken, sqlTokens } from './sql-tokens.ts';

/**
 * The engine gives every statement an id of its own, so the caller's id travels in a comment before the statement;
 * `system.processes` keeps comments.
 */
export function queryMarker(queryId: string): string {
  const encoded = encodeURIComponent(queryId).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `/*query_id=${encoded}*/ `;
}

/** `system.processes` with the caller's query ids, and the statements as the caller wrote them. */
export const PROCESSES_VIEW = `(SELECT * REPLACE (
  if(startsWith(p.query, '/*query_id='), decodeURLComponent(extract(p.query, '^/\\\\*query_id=([^*]*)')), p.query_id) AS query_id,
  replaceRegexpOne(replaceRegexpOne(p.query, '^/\\\\*query_id=[^*]*\\\\*/ ', ''),
    '(INTO OUTFILE|FROM INFILE) ''[^'']*event-exports-pipes-[^'']*''( APPEND)? ', '') AS query
) FROM system.processes AS p)`;

/** Puts the view in the place of `system.processes` wherever the statement reads it. */
export function withProcessesView(sql: string): string {
  if (!/system\s*\.\s*processes/i.test(sql)) return sql;
  const tokens = [...sqlTokens(sql)];
  let result = '';
  let copied = 0;
  for (const [index, token] of tokens.entries()) {
    const [dot, table, next] = tokens.slice(index + 1, index + 4);
    if (!isKeyword(token, 'SYSTEM') || dot?.text !== '.' || !isKeyword(table, 'PROCESSES')) continue;
    if (table === undefined || next?.text === '.' || !readsTable(tokens[index - 1])) continue;
    result += sql.slice(copied, token.start) + PROCESSES_VIEW + (hasAlias(next) ? '' : ' AS processes');
    copied = table.end;
  }
  return result + sql.slice(copied);
}

function readsTable(before: SqlToken | undefined): boolean {
  return isKeyword(before, 'FROM', 'JOIN') || before?.text === ',';
}

const CLAUSES = 'WHERE PREWHERE GROUP ORDER LIMIT FORMAT SETTINGS UNION INTERSECT EXCEPT HAVING OFFSET QUALIFY WINDOW';
const JOINS = 'JOIN INNER LEFT RIGHT FULL CROSS ANY ALL ASOF SEMI ANTI GLOBAL ARRAY USING ON FINAL SAMPLE';

function hasAlias(next: SqlToken | undefined): boolean {
  if (next?.kind === 'quoted-name') return true;
  return next?.kind === 'word' && !isKeyword(next, ...CLAUSES.split(' '), ...JOINS.split(' '));
}
