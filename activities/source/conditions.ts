/** What a period, a part, a late sweep mean as conditions on the rows of a table. */
import type { Slice, Window } from '../../shared/activities.ts';
import { coarsenRuns, type MinuteRun } from '../../shared/minute-runs.ts';
import { HASH_END, MAX_RUNS_PER_PART } from '../../shared/parts.ts';
import { EVENT_TIME_BOUNDS, type SortKey } from '../../shared/sources/definition.ts';
import type { SourceTable } from './source-table.ts';
import { allOf, type Conditions, dateTimeText } from './statement.ts';

type Some = Partial<Conditions>;
type WindowTable = Pick<SourceTable, 'definition' | 'lookBackMs'>;

/**
 * The project's rows that filters and search match: part of every query. Where a query is without FINAL its count is an upper bound,
 * because superseded versions may match too; 0 still means 0, because the newest version would have matched.
 */
export function ofSelection({
  definition,
  projectId,
  filter,
}: Pick<SourceTable, 'definition' | 'projectId' | 'filter'>): Some {
  const ofProject = { key: [`${definition.key.projectId} = {project_id:String}`], params: { project_id: projectId } };
  return allOf(ofProject, filter);
}

/** Event time in `[from, to)`, cut to the years in which the primary key tells the truth. */
export function inRange(key: SortKey, from: string | number, to: string | number): Some {
  const clamp = (instant: string | number) =>
    Math.min(Math.max(new Date(instant).getTime(), EVENT_TIME_BOUNDS.min), EVENT_TIME_BOUNDS.max);
  return {
    key: [...key.rangeInKey],
    rest: [...key.rangeAfterFinal],
    params: { from: dateTimeText(clamp(from)), to: dateTimeText(clamp(to)) },
  };
}

/**
 * The window's conditions on `updated_at`, and on event time where no slice stands for them. Tables without an index on `updated_at` are
 * asked for the rows of the last days of event time only.
 */
export function inWindow({ definition: { key }, lookBackMs }: WindowTable, window: Window): Some {
  if (window.axis === 'event')
    return window.updatedBefore === undefined ? {} : updatedBefore(key, window.updatedBefore);
  const recent =
    lookBackMs === undefined ? {} : inRange(key, Date.parse(window.start) - lookBackMs, EVENT_TIME_BOUNDS.max);
  return allOf(recent, {
    rest: [
      `${key.updatedAt} >= {updated_from:DateTime64(6,'UTC')}`,
      `${key.updatedAt} < {updated_to:DateTime64(6,'UTC')}`,
      ...(window.eventFrom === undefined ? [] : [fromEventTime(key, window.eventFrom)]),
    ],
    params: { updated_from: dateTimeText(window.start), updated_to: dateTimeText(window.end) },
  });
}

export function updatedBefore(key: SortKey, border: string): Some {
  return {
    rest: [`${key.updatedAt} < {updated_before:DateTime64(6,'UTC')}`],
    params: { updated_before: dateTimeText(border) },
  };
}

function micros(instant: string | number): number {
  return new Date(instant).getTime() * 1000;
}

/** In a form that the primary key does not understand: rows dated outside the key's years are compared rightly too. */
export function fromEventTime(key: SortKey, eventFrom: string): string {
  return `${key.eventMicros} >= ${micros(eventFrom)}`;
}

/** SQL that is true for event times outside the years of the primary key. */
export function isOutside(
  key: SortKey,
  side: { before: boolean; after: boolean } = { before: true, after: true },
): string {
  const before = side.before ? [`${key.eventMicros} < ${micros(EVENT_TIME_BOUNDS.min)}`] : [];
  const after = side.after ? [`${key.eventMicros} >= ${micros(EVENT_TIME_BOUNDS.max)}`] : [];
  return `(${[...before, ...after].join(' OR ') || '0'})`;
}

/** Rows of the `outside` part of a window: on the event axis only the sides that are open. */
export function outsideOf(key: SortKey, window: Window): Some {
  if (window.axis === 'updated') return { rest: [isOutside(key)] };
  return { rest: [isOutside(key, { before: window.beforeEpoch === true, after: window.open === true })] };
}

/** Runs longer than a day are compared as ranges, the others as a set of minutes. */
const LONGEST_LISTED_RUN = 1440;
/** Each range costs time in every step of the index analysis. */
const MAX_RANGES = 50;

/**
 * The row's minute is in one of the runs. Numbers stand in the text (a parameter of this length exceeds the limits of URLs and
 * proxies) as gaps and lengths, which ClickHouse expands to a set that its primary key understands.
 */
export function inMinutes(key: SortKey, runs: readonly MinuteRun[]): Some {
  const covered = coarsenRuns(runs, MAX_RUNS_PER_PART);
  const byLength = covered.toSorted((left, right) => right[1] - right[0] - (left[1] - left[0]));
  const long = new Set(byLength.slice(0, MAX_RANGES).filter(([from, to]) => to - from > LONGEST_LISTED_RUN));
  const listed = covered.filter((run) => !long.has(run));
  const { stored } = key;
  const choices = [...long].map(
    ([from, to]) =>
      `(${stored.column} >= ${stored.of(String(from * 60))} AND ${stored.column} <= ${stored.of(String(to * 60 - 60))})`,
  );
  if (listed.length > 0) {
    choices.unshift(`${stored.column} IN (${minuteSet(listed, (minute) => stored.of(`${minute} * 60`))})`);
  }
  return {
    key: [anyOf(choices)],
    // Wrapped minutes fall into any run; rows outside have a part of their own.
    rest: [`NOT ${isOutside(key)}`, ...(stored.exact ? [] : [inExactMinutes(key, [...long], listed)])],
  };
}

/** For keys that hold less than the minute: the minute itself, in a form that no index understands. */
function inExactMinutes(key: SortKey, long: readonly MinuteRun[], listed: readonly MinuteRun[]): string {
  const minute = `intDiv(${key.eventMicros}, 60000000)`;
  const choices = long.map(([from, to]) => `(${minute} >= ${from} AND ${minute} < ${to})`);
  if (listed.length > 0) choices.unshift(`${minute} IN (${minuteSet(listed, (each) => `toInt64(${each})`)})`);
  return anyOf(choices);
}

function anyOf(choices: readonly string[]): string {
  return `(${choices.join(' OR ') || '0'})`;
}

/** @param of what stands in the set for the number of a minute */
function minuteSet(runs: readonly MinuteRun[], of: (minute: string) => string): string {
  const gaps = runs.map(([from], index) => from - (runs[index - 1]?.[0] ?? 0));
  const lengths = runs.map(([from, to]) => to - from);
  return (
    `SELECT ${of('(run.1 + arrayJoin(range(run.2)))')} FROM ` +
    `(SELECT arrayJoin(arrayZip(arrayCumSum([${gaps}]), [${lengths}])) AS run)`
  );
}

/** The rows of a part: its slice, and its share of the hash. */
export function inPart(key: SortKey, window: Window, part: { slice: Slice; hash?: [number, number] }): Some[] {
  const hash = part.hash === undefined ? {} : inHash(key, part.hash);
  switch (part.slice.kind) {
    case 'range':
      return [inRange(key, part.slice.from, part.slice.to), hash];
    case 'minutes':
      return [inMinutes(key, part.slice.runs), hash];
    case 'outside':
      return [outsideOf(key, window), hash];
  }
}

/** In PREWHERE, else ClickHouse reads the wide columns of whole granules first. */
function inHash(key: SortKey, [from, to]: [number, number]): Some {
  return {
    key: [
      ...(from > 0 ? [`${key.hash} >= {hash_from:UInt32}`] : []),
      ...(to < HASH_END ? [`${key.hash} < {hash_to:UInt32}`] : []),
    ],
    params: { ...(from > 0 && { hash_from: from }), ...(to < HASH_END && { hash_to: to }) },
  };
}
