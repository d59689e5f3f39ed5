import type { Part, Window } from '../../shared/activities.ts';
import { type CountedMinute, type Cut, cutParts, type PartTarget, partName } from '../../shared/parts.ts';
import { MINUTE } from '../../shared/period.ts';
import { EVENT_TIME_BOUNDS } from '../../shared/sources/definition.ts';
import { inRange } from './conditions.ts';
import type { DeliveredKeys } from './delivered.ts';
import { countMinutes, countRows, findChangedMinutes, inChangedMinutes, type Query } from './minute-counts.ts';
import { conditionsOf } from './part-queries.ts';
import type { QueryRunner } from './query-runner.ts';
import type { SourceTable } from './source-table.ts';
import { allOf } from './statement.ts';

export interface Planner {
  runner: QueryRunner;
  table: SourceTable;
  delivered: DeliveredKeys;
  /** Options of one more query; the suffix makes its id. */
  query: Query;
}

/** Cuts a window into parts: key columns only, about 5 % of the cost of streaming it. No part, no row. */
export async function planParts(planner: Planner, window: Window, target: PartTarget): Promise<Part[]> {
  const { minutes, cut, outside } =
    window.axis === 'event' ? await countEventWindow(planner, window) : await countUpdatedWindow(planner, window);
  const parts = cutParts(minutes, target, cut);
  if (!outside) return parts;
  const { runner, table, delivered, query } = planner;
  const conditions = conditionsOf(table, window, { slice: { kind: 'outside' } }, delivered);
  const size = await countRows(runner, table, conditions, query('outside'));
  if (size.rows === 0) return parts;
  return [...parts, { name: partName(parts.length), source: cut.source, slice: { kind: 'outside' }, ...size }];
}

interface CountedWindow {
  minutes: CountedMinute[];
  cut: Cut;
  /** Rows may lie outside the years of the primary key. */
  outside: boolean;
}

async function countEventWindow(planner: Planner, window: Window): Promise<CountedWindow> {
  const { runner, table, delivered, query } = planner;
  const { key, name } = table.definition;
  const end = window.open ? EVENT_TIME_BOUNDS.max : Date.parse(window.end);
  const conditions = allOf(conditionsOf(table, window, undefined, delivered), inRange(key, window.start, end));
  const minutes = await countMinutes(runner, table, conditions, query('minutes'));
  // An open window reaches to its last row: halving a range of eighty years would take many tries to find it.
  const last = ((minutes.at(-1)?.minute ?? 0) + 1) * MINUTE;
  const to = window.open ? Math.max(Date.parse(window.end), last) : end;
  return {
    minutes,
    cut: { kind: 'range', source: name, from: Date.parse(window.start), to },
    outside: window.open === true || window.beforeEpoch === true,
  };
}

/**
 * First the minutes in which anything changed, then their counts: with the minutes every query has the primary key, with the
 * window alone it would read whatever overlaps it (20 to 90 times slower, measured).
 */
async function countUpdatedWindow(planner: Planner, window: Window): Promise<CountedWindow> {
  const { runner, table, delivered, query } = planner;
  const { key, name } = table.definition;
  const inside = conditionsOf(table, window, undefined, delivered);
  const changed = await findChangedMinutes(runner, table, inside, query('changed'));
  const minutes: CountedMinute[] = [];
  for (const [index, chunk] of inChangedMinutes(key, changed.runs).entries()) {
    minutes.push(...(await countMinutes(runner, table, allOf(inside, chunk), query(`minutes${index}`))));
  }
  return { minutes, cut: { kind: 'minutes', source: name }, outside: changed.outside };
}
