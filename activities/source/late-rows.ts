/** The late sweep: rows of past live periods that became visible after their period was delivered. */
import { z } from 'zod';
import type { SpanCounts, Window } from '../../shared/activities.ts';
import { inWindow, isOutside, ofSelection } from './conditions.ts';
import { notDelivered, registerKeys } from './delivered.ts';
import { periodNumber, type Span, sourceNow } from './history.ts';
import { findChangedMinutes, inChangedMinutes } from './minute-counts.ts';
import type { Planner } from './plan-parts.ts';
import { allOf, filterClause } from './statement.ts';

/** Rows per period that neither its live export nor a smaller sweep has delivered. Exact: newest versions only. */
export async function findLateRows(planner: Planner, span: Span & { late: number }): Promise<SpanCounts> {
  const { runner, table, delivered, query } = planner;
  const { key } = table.definition;
  const window: Window = { axis: 'updated', start: span.from, end: span.to };
  if (span.eventFrom !== undefined) window.eventFrom = span.eventFrom;
  const missing = allOf(ofSelection(table), inWindow(table, window), notDelivered(key, delivered, span, span.late));
  const changed = await findChangedMinutes(runner, table, missing, query('changed'));
  const places = inChangedMinutes(key, changed.runs);
  if (changed.outside) places.push({ rest: [isOutside(key)] });
  const number = periodNumber(span, key.updatedMicros);
  const counts = new Map<number, number>();
  for (const [index, place] of places.entries()) {
    const conditions = allOf(missing, place);
    const sql =
      `SELECT ${number.sql} AS period, count()\nFROM ${table.from} FINAL\n${filterClause(conditions)}\n` +
      'GROUP BY period';
    const rows = await runner.rows(
      { sql, params: conditions.params },
      z.tuple([z.number(), z.number()]),
      query(`late${index}`),
    );
    for (const [period, count] of rows) counts.set(period, (counts.get(period) ?? 0) + count);
  }
  const periods = [...counts].toSorted(([left], [right]) => left - right);
  return { periods, sourceNow: await sourceNow(planner) };
}

/** Registers a live window's rows, or those that a late window found missing. To be called before its rows are planned or streamed. */
export async function registerDelivered(planner: Planner, window: Window): Promise<void> {
  const { runner, table, delivered, query } = planner;
  const { key } = table.definition;
  const conditions = allOf(
    ofSelection(table),
    inWindow(table, window),
    { rest: [`${key.isDeleted} = 0`] },
    window.late === undefined
      ? undefined
      : notDelivered(key, delivered, { from: window.start, to: window.end }, window.late),
  );
  await runner.command(registerKeys(table, delivered, window, conditions), query('register'));
}
