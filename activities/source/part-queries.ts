/** The queries that deliver and count one part. */
import type { Part, Window } from '../../shared/activities.ts';
import { inPart, inWindow, ofSelection } from './conditions.ts';
import { type DeliveredKeys, foundLate } from './delivered.ts';
import { CLICKHOUSE_FORMATS } from './settings.ts';
import type { Selection } from './source.ts';
import { type SourceTable, selectList } from './source-table.ts';
import { allOf, type Conditions, filterClause, type Statement } from './statement.ts';

/** All conditions of a part of a window; without a part, of the window as far as its axis is `updated_at`. */
export function conditionsOf(
  table: SourceTable,
  window: Window,
  part: Pick<Part, 'slice' | 'hash'> | undefined,
  delivered: DeliveredKeys,
): Conditions {
  const { key } = table.definition;
  return allOf(
    ofSelection(table),
    ...(part === undefined ? [] : inPart(key, window, part)),
    inWindow(table, window),
    window.late === undefined ? undefined : foundLate(key, delivered, window, window.late),
  );
}

export function rowsOfPart(table: SourceTable, selection: Selection, conditions: Conditions): Statement {
  const sql = `SELECT\n  ${selectList(table, selection)}\nFROM ${table.from} FINAL\n${filterClause(conditions)}`;
  return { sql: `${sql}\nFORMAT ${CLICKHOUSE_FORMATS[selection.format]}`, params: conditions.params };
}

/** One row: count, smallest and largest event time. */
export function countOfPart(table: SourceTable, conditions: Conditions): Statement {
  const time = table.definition.key.eventTime;
  return {
    sql: `SELECT count(), min(${time}), max(${time})\nFROM ${table.from} FINAL\n${filterClause(conditions)}`,
    params: conditions.params,
  };
}
