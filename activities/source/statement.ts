/** One SQL statement with its typed parameters, and how its conditions are put together. */

export type ParameterValue = string | number | readonly string[];

export interface Statement {
  sql: string;
  params: Record<string, ParameterValue>;
}

/**
 * Conditions of a query on a replacing table. `key` may stand in PREWHERE: all versions of a row agree on them. `rest` belongs in
 * WHERE: it may only be tested on the version that FINAL has chosen.
 */
export interface Conditions {
  key: string[];
  rest: string[];
  params: Record<string, ParameterValue>;
}

export function allOf(...conditions: Array<Partial<Conditions> | undefined>): Conditions {
  return {
    key: conditions.flatMap((one) => one?.key ?? []),
    rest: conditions.flatMap((one) => one?.rest ?? []),
    params: Object.assign({}, ...conditions.map((one) => one?.params)),
  };
}

/** `PREWHERE … WHERE …`, the one shape of all queries; `e` is the table. */
export function filterClause(conditions: Conditions): string {
  const prewhere = `PREWHERE ${conditions.key.join('\n  AND ')}`;
  return conditions.rest.length === 0 ? prewhere : `${prewhere}\nWHERE ${conditions.rest.join('\n  AND ')}`;
}

/** `database.table` or `table` from the operator's configuration, quoted. */
export function quoteTable(name: string): string {
  return name
    .split('.')
    .map((part) => `\`${part.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``)
    .join('.');
}

/** An ISO instant as text of a DateTime64 parameter. */
export function dateTimeText(instant: string | number): string {
  return new Date(instant).toISOString().slice(0, -1).replace('T', ' ');
}
