import { isKeyword, type SqlToken, sqlTokens } from './sql-tokens.ts';

/**
 * The engine gives every statement an id of its own, so the caller's id travels at the head of the setting `log_comment`, which
 * `system.processes` shows. (A comment before the statement does not do: with parameters the engine prints the statement anew.)
 */
export function queryMarker(queryId: string): string {
  const encoded = encodeURIComponent(queryId).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `/*query_id=${encoded}*/ `;
}

/** SQL for the place where the marker stands. */
export const MARKED = "Settings['log_comment']";

/** `system.processes` with the caller's query ids, statements and comments. */
export const PROCESSES_VIEW = `(SELECT * REPLACE (
  if(startsWith(p.${MARKED}, '/*query_id='), decodeURLComponent(extract(p.${MARKED}, '^/\\*query_id=([^*]*)')), p.query_id) AS query_id,
  mapUpdate(p.Settings, map('log_comment', replaceRegexpOne(p.${MARKED}, '^/\\*query_id=[^*]*\\*/ ', ''))) AS Settings,
  replaceRegexpOne(p.query,
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
