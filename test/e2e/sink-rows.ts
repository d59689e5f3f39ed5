/** Many rows, and what became of each of them at a vendor, told by the properties of its events alone. */
import { expect } from 'vitest';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { textLiteral } from '../../dev/sample-data/literals.ts';
import type { RejectedEntry } from '../../shared/rejected.ts';
import type { EventRow } from './events.ts';
import type { ExportWorld, RunningIntegration } from './export-world.ts';

export interface ManyRows {
  /** Begins the ids. */
  name: string;
  /** Epoch ms of the first row. */
  start: number;
  rows: number;
  /** Milliseconds from one row to the next. */
  every: number;
  /** Characters of input; default 20. */
  inputLength?: number;
}

/** Inserts rows in traces of three: a root and two spans below it. Ids are `<name>-<number>`, traces `<name>-t<number>`. */
export async function insertMany(
  { command }: Pick<ExportWorld, 'command'>,
  projectId: string,
  { name, start, rows, every, inputLength = 20 }: ManyRows,
): Promise<void> {
  const prefix = textLiteral(`${name}-`);
  await command(`INSERT INTO events_full (project_id, trace_id, span_id, parent_span_id, start_time, created_at, updated_at, event_ts,
      type, name, user_id, input, event_bytes)
    SELECT ${textLiteral(projectId)}, concat(${prefix}, 't', toString(intDiv(number, 3))), concat(${prefix}, toString(number)),
      if(number % 3 = 0, '', concat(${prefix}, toString(number - number % 3))), at, at, at, at,
      'SPAN', 'step', concat('user-', toString(number % 997)), repeat('word ', ${Math.ceil(inputLength / 5)}), ${inputLength + 500}
    FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${start} + number * ${every})) AS at FROM numbers(${rows}))`);
}

/** A single root row; PostHog takes the id of its trace as it is. @param start epoch ms */
export function rootRow(id: string, start: number, more: Partial<EventRow> = {}): EventRow {
  return { id, trace: `of-${id}`, start, ...more };
}

/** A row of the table as far as its events matter. */
export interface SentRow {
  id: string;
  trace: string;
  isRoot: boolean;
}

/** All rows of a project; every row must have one version only. */
export async function sentRows({ rows }: Pick<ExportWorld, 'rows'>, projectId: string): Promise<SentRow[]> {
  const found = await rows(
    `SELECT span_id AS id, trace_id AS trace, parent_span_id = '' AS root FROM events_full WHERE project_id = ${textLiteral(projectId)}`,
  );
  return found.map(({ id, trace, root }) => ({ id: String(id), trace: String(trace), isRoot: root === 1 }));
}

/** The events that a row becomes, by name. */
function eventsOf({ id, trace, isRoot }: SentRow): string[] {
  return isRoot ? [`row ${id}`, `trace ${trace}`] : [`row ${id}`];
}

/** The events of a project (style `ai`) that the vendor would show, by name: one that it has twice stands there twice. */
export function shownEvents(emulator: Emulator, projectId: string): string[] {
  return emulator.events().flatMap(({ event, properties }) => {
    if (properties.langfuse_project_id !== projectId) return [];
    const id = properties.$ai_span_id ?? properties.ai_span_id;
    return [`${event.endsWith('ai_trace') ? 'trace' : 'row'} ${id}`];
  });
}

/** Every entry of the list, page by page. */
export async function allRejected(
  { exports }: Pick<ExportWorld, 'exports'>,
  { projectId, integrationId }: RunningIntegration,
  reason?: string,
): Promise<RejectedEntry[]> {
  const all: RejectedEntry[] = [];
  let pageToken: string | undefined;
  do {
    const id = { projectId, integrationId, ...(reason !== undefined && { reason }) };
    const page = await exports.integrations.rejected({ ...id, pageSize: 1_000, pageToken });
    all.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return all;
}

/**
 * Every row is accepted with all of its events, each shown once, or listed as rejected once; the totals say the same.
 * @returns ids of the rejected rows, sorted
 */
export async function expectEachRowOnce(
  own: ExportWorld,
  one: RunningIntegration,
  emulator: Emulator,
): Promise<string[]> {
  const rows = await sentRows(own, one.projectId);
  const shown = shownEvents(emulator, one.projectId).sort();
  const known = new Set(rows.flatMap(eventsOf));
  expect(shown.length, 'no event is shown twice').toBe(new Set(shown).size);
  expect(shown.filter((name) => !known.has(name))).toEqual([]);
  const here = new Set(shown);
  const incomplete = rows.filter((row) => !eventsOf(row).every((name) => here.has(name))).map(({ id }) => id);
  const rejected = (await allRejected(own, one)).map(({ id }) => id).sort();
  expect(rejected).toEqual(incomplete.sort());
  const { totals } = await one.view();
  expect({ rows: totals.rows, rejected: totals.rejected }).toEqual({
    rows: rows.length - rejected.length,
    rejected: rejected.length,
  });
  return rejected;
}

/** Nothing is lost behind a success, altered on the way, or sent against the vendor's advice. */
export function expectNoComplaint(emulator: Emulator): void {
  const { dropped, changed, warnings } = emulator.counters();
  expect({ dropped, changed, warnings }).toEqual({ dropped: {}, changed: {}, warnings: {} });
}
