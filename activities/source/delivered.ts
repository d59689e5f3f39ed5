/**
 * Which rows have been delivered: keys of versions in `exports.delivered`, written and read inside ClickHouse. A live period
 * registers its rows as `live` before they are streamed; a late sweep of h hours registers what neither the live period nor a
 * smaller sweep had, as `late-<h>h`, and then delivers just that. Registering twice adds the same keys again, which changes nothing.
 */
import type { Window } from '../../shared/activities.ts';
import type { SortKey } from '../../shared/sources/definition.ts';
import type { DeliveredScope } from './source.ts';
import type { SourceTable } from './source-table.ts';
import { type Conditions, dateTimeText, filterClause, type Statement } from './statement.ts';

/** Where the keys of delivered rows are, and whose they are. */
export interface DeliveredKeys {
  /** Quoted name of the table. */
  table: string;
  scope: DeliveredScope;
}

/** Value of `found_by`. */
function finderOf(late: number | undefined): string {
  return late === undefined ? 'live' : `late-${late}h`;
}

const OF_SCOPE = 'd.project_id = {project_id:String} AND d.integration_id = {integration_id:String}';

/** Rows that the late window's own sweep has registered. */
export function foundLate(key: SortKey, delivered: DeliveredKeys, window: Window, late: number): Partial<Conditions> {
  return {
    rest: [
      `${key.versionKey} IN (SELECT d.key FROM ${delivered.table} AS d WHERE ${OF_SCOPE} ` +
        `AND d.period_start = {period_start:DateTime64(3,'UTC')} AND d.found_by = {found_by:String})`,
    ],
    params: {
      project_id: delivered.scope.projectId,
      integration_id: delivered.scope.integrationId,
      period_start: dateTimeText(window.start),
      found_by: finderOf(late),
    },
  };
}

/** Rows that neither a live period that starts in `[from, to)` nor a sweep of fewer hours has delivered. */
export function notDelivered(
  key: SortKey,
  delivered: DeliveredKeys,
  span: { from: string; to: string },
  late: number,
): Partial<Conditions> {
  const earlierSweep = `toFloat64OrZero(extract(d.found_by, '^late-(.*)h$'))`;
  return {
    rest: [
      `${key.versionKey} NOT IN (SELECT d.key FROM ${delivered.table} AS d WHERE ${OF_SCOPE} ` +
        `AND d.period_start >= {delivered_from:DateTime64(3,'UTC')} AND d.period_start < {delivered_to:DateTime64(3,'UTC')} ` +
        `AND (d.found_by = 'live' OR ${earlierSweep} < {late_hours:Float64}))`,
    ],
    params: {
      project_id: delivered.scope.projectId,
      integration_id: delivered.scope.integrationId,
      delivered_from: dateTimeText(span.from),
      delivered_to: dateTimeText(span.to),
      late_hours: late,
    },
  };
}

/**
 * Copies the keys of the rows under the conditions, of all their versions: without FINAL this is one narrow read, and the key of a
 * superseded version does no harm, since no sweep will ever ask for it.
 */
export function registerKeys(
  table: SourceTable,
  delivered: DeliveredKeys,
  window: Window,
  conditions: Conditions,
): Statement {
  return {
    sql:
      `INSERT INTO ${delivered.table} (project_id, integration_id, period_start, found_by, key)\n` +
      `SELECT {project_id:String}, {integration_id:String}, {period_start:DateTime64(3,'UTC')}, {found_by:String}, ` +
      `${table.definition.key.versionKey}\nFROM ${table.from}\n${filterClause(conditions)}`,
    params: {
      ...conditions.params,
      integration_id: delivered.scope.integrationId,
      period_start: dateTimeText(window.start),
      found_by: finderOf(window.late),
    },
  };
}
