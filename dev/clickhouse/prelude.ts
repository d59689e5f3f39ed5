import { ClickHouseException } from './exceptions.ts';
import { sqlName, sqlString } from './sql-tokens.ts';

/** URL parameters that ClickHouse's HTTP interface keeps to itself; every other one is a setting. */
const NOT_SETTINGS: ReadonlySet<string> = new Set([
  ...['query', 'query_id', 'database', 'default_format', 'user', 'password', 'quota_key', 'role', 'stacktrace'],
  ...['session_id', 'session_check', 'session_timeout', 'close_session', 'client_protocol_version'],
  ...['wait_end_of_query', 'buffer_size', 'compress', 'decompress'],
]);

const DEFAULT_MAX_QUERY_SIZE = '262144';
const ROOM_IN_A_STATEMENT = 200_000;

/**
 * The statements that carry a request's settings, parameters and database to the engine, to be run before it.
 * A value goes as text: the engine converts it as it does for the URL, and answers with its own errors.
 */
export function preludeOf(parameters: Iterable<[string, string]>, database: string, readonly: boolean): string[] {
  const assignments: string[] = [];
  let maxQuerySize = DEFAULT_MAX_QUERY_SIZE;
  for (const [name, value] of parameters) {
    if (NOT_SETTINGS.has(name)) continue;
    if (!/^\w+$/.test(name)) throw new ClickHouseException(115, `Unknown setting '${name}'. (UNKNOWN_SETTING)`);
    if (name === 'max_query_size') maxQuerySize = value;
    assignments.push(`${name} = ${sqlString(value)}`);
  }
  // SET is itself limited by max_query_size; a long list as a parameter is not, over real HTTP.
  const isLong = assignments.reduce((length, text) => length + text.length, 0) > ROOM_IN_A_STATEMENT;
  return [
    ...(isLong ? ['SET max_query_size = 1000000000'] : []),
    ...(assignments.length > 0 ? [`SET ${assignments.join(', ')}`] : []),
    ...(isLong ? [`SET max_query_size = ${sqlString(maxQuerySize)}`] : []),
    ...(database === '' || database === 'default' ? [] : [`USE ${sqlName(database)}`]),
    ...(readonly ? ['SET readonly = 2'] : []),
  ];
}
