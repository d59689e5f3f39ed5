/** Rows of long spans of time, without FINAL: cheap, and zero means zero (versions that are not merged yet count twice). */
import { z } from 'zod';
import type { HistoryOverview, SpanCounts, SpanQuery } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import { EVENT_TIME_BOUNDS } from '../../shared/sources/definition.ts';
import { fromEventTime, inRange, inWindow, isOutside, ofSelection, updatedBefore } from './conditions.ts';
import type { Query } from './minute-counts.ts';
import type { QueryRunner } from './query-runner.ts';
import type { SourceTable } from './source-table.ts';
import { allOf, type Conditions, filterClause } from './statement.ts';

export interface Surveyor {
  runner: QueryRunner;
  table: SourceTable;
  query: Query;
}

export type Span = Omit<SpanQuery, 'job'>;

/** Periods by number: `base` is the start of the one that holds `from`; SQL counts from there, so that it divides no negative number. */
export function periodNumber(span: Span, micros: string): { sql: string; last: number } {
  const first = Math.floor((Date.parse(span.from) - span.anchorMs) / span.lengthMs);
  const base = span.anchorMs + first * span.lengthMs;
  const last = Math.ceil((Date.parse(span.to) - span.anchorMs) / span.lengthMs) - 1;
  const number = `${first} + intDiv(${micros} - ${base * 1000}, ${span.lengthMs * 1000})`;
  return { sql: span.open ? `least(${number}, ${last})` : number, last };
}

export async function sourceNow({ runner, query }: Pick<Surveyor, 'runner' | 'query'>): Promise<string> {
  const [row] = await runner.rows(
    { sql: 'SELECT toUnixTimestamp64Milli(now64(3))', params: {} },
    z.tuple([z.number()]),
    query('now'),
  );
  return iso(row?.[0] ?? 0);
}

export async function surveyHistory(
  surveyor: Surveyor,
  input: { updatedBefore: string; eventFrom?: string },
): Promise<HistoryOverview> {
  const { runner, table, query } = surveyor;
  const { key } = table.definition;
  const before = updatedBefore(key, input.updatedBefore);
  const select = async (columns: string, name: string, ...conditions: Array<Partial<Conditions>>) => {
    const { sql, params } = present(surveyor, before, ...conditions);
    const [row] = await runner.rows(
      { sql: `SELECT ${columns}\n${sql}`, params },
      z.tuple([z.number(), z.number()]),
      query(name),
    );
    return row ?? [0, 0];
  };
  const from = input.eventFrom ?? EVENT_TIME_BOUNDS.min;
  const earliest = `toUnixTimestamp64Milli(min(${key.eventTime}))`;
  const [rows, first] = await select(`count(), ${earliest}`, 'inside', inRange(key, from, EVENT_TIME_BOUNDS.max));
  const [outside] = await select('count(), 0', 'outside', {
    rest: [isOutside(key), ...(input.eventFrom === undefined ? [] : [fromEventTime(key, input.eventFrom)])],
  });
  return { rows, outside, sourceNow: await sourceNow(surveyor), ...(rows > 0 && { earliest: iso(first) }) };
}

export async function planSpan(surveyor: Surveyor, span: Span): Promise<SpanCounts> {
  const { runner, table, query } = surveyor;
  const { key } = table.definition;
  const window = { axis: span.axis, start: span.from, end: span.to, ...bordersOf(span) };
  const isEvent = span.axis === 'event';
  const number = periodNumber(span, isEvent ? key.eventMicros : key.updatedMicros);
  const end = span.open ? EVENT_TIME_BOUNDS.max : span.to;
  const { sql, params } = present(surveyor, inWindow(table, window), isEvent ? inRange(key, span.from, end) : {});
  const periods = await runner.rows(
    { sql: `SELECT ${number.sql} AS period, count()\n${sql}\nGROUP BY period\nORDER BY period`, params },
    z.tuple([z.number(), z.number()]),
    query('span'),
  );
  const beyond = isEvent ? await countOutside(surveyor, span, inWindow(table, window)) : 0;
  const counts = new Map(periods);
  if (beyond > 0) counts.set(number.last, (counts.get(number.last) ?? 0) + beyond);
  const ascending = [...counts].toSorted(([left], [right]) => left - right);
  return { periods: ascending, sourceNow: await sourceNow(surveyor) };
}

function bordersOf(span: Span): { updatedBefore?: string; eventFrom?: string } {
  return {
    ...(span.updatedBefore !== undefined && { updatedBefore: span.updatedBefore }),
    ...(span.eventFrom !== undefined && { eventFrom: span.eventFrom }),
  };
}

async function countOutside(surveyor: Surveyor, span: Span, window: Partial<Conditions>): Promise<number> {
  const { runner, table, query } = surveyor;
  const side = { before: span.beforeEpoch === true, after: span.open === true };
  if (!side.before && !side.after) return 0;
  const { sql, params } = present(surveyor, window, { rest: [isOutside(table.definition.key, side)] });
  const [row] = await runner.rows({ sql: `SELECT count()\n${sql}`, params }, z.tuple([z.number()]), query('outside'));
  return row?.[0] ?? 0;
}

/** `FROM … WHERE …` over the versions of the project's rows that are no tombstones. */
function present(
  { table }: Surveyor,
  ...conditions: Array<Partial<Conditions>>
): { sql: string; params: Conditions['params'] } {
  const { key } = table.definition;
  const all = allOf(ofSelection(table), ...conditions, { rest: [`${key.isDeleted} = 0`] });
  return { sql: `FROM ${table.from}\n${filterClause(all)}`, params: all.params };
}
