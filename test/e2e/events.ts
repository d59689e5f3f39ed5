/** Rows of the events table as tests write and compare them. */
import { textArrayLiteral, textLiteral } from '../../dev/sample-data/literals.ts';

/** Epoch ms, or ISO text in UTC with up to six digits. */
type Instant = number | string;

/** One version of a row. */
export interface EventRow {
  id: string;
  /** Default: the id's own trace. */
  trace?: string;
  /** Event time. Default: the moment of the insert. */
  start?: Instant;
  /** When it was written: `created_at`, `updated_at` and `event_ts`. Default: `start`. */
  at?: Instant;
  /** Default: `at`. */
  eventTs?: Instant;
  input?: string;
  tags?: string[];
  deleted?: boolean;
}

/** A row of the table, in the words of the export; instants as ISO text with six digits. */
export interface TableRow {
  id: string;
  trace_id: string;
  start_time: string;
  event_ts: string;
  updated_at: string;
  type: string;
  name: string;
  input: string;
  output: string;
  [column: string]: unknown;
}

const COLUMNS =
  'project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, name, input, output, tags, is_deleted, event_bytes';

export async function insertEvents(
  command: (sql: string) => Promise<unknown>,
  projectId: string,
  rows: readonly EventRow[],
): Promise<void> {
  const values = rows.map((row) => {
    const start = instant(row.start ?? Date.now());
    const at = row.at === undefined ? start : instant(row.at);
    const input = row.input ?? `input of ${row.id}`;
    return [
      textLiteral(projectId),
      textLiteral(row.trace ?? `trace of ${row.id}`),
      textLiteral(row.id),
      start,
      at,
      at,
      row.eventTs === undefined ? at : instant(row.eventTs),
      `'SPAN'`,
      textLiteral(`name of ${row.id}`),
      textLiteral(input),
      `'output'`,
      `CAST(${textArrayLiteral(row.tags ?? [])}, 'Array(String)')`,
      row.deleted ? '1' : '0',
      String(input.length + 500),
    ];
  });
  const selects = values.map((value) => `SELECT ${value.join(', ')}`);
  await command(`INSERT INTO events_full (${COLUMNS}) ${selects.join('\nUNION ALL ')}`);
}

function instant(value: Instant): string {
  const text = typeof value === 'number' ? new Date(value).toISOString() : value;
  return `toDateTime64('${text.replace('T', ' ').replace('Z', '')}', 6, 'UTC')`;
}

/**
 * The newest version of every row of a project that is not deleted. FINAL, and everything that could share a fault with the product, is
 * left out: all versions are read and compared here.
 */
export async function newestVersions(
  query: (sql: string) => Promise<Array<Record<string, unknown>>>,
  projectId: string,
): Promise<TableRow[]> {
  const versions = await query(
    `SELECT span_id AS id, trace_id, start_time, end_time, event_ts, updated_at, is_deleted, type, name, level, environment, input, output, tags,
      _part AS part, _part_offset AS offset, toString(usage_details) AS usage
     FROM events_full WHERE project_id = ${textLiteral(projectId)}`,
  );
  const newest = new Map<string, Record<string, unknown>>();
  for (const row of versions) {
    const key = JSON.stringify([row.trace_id, row.id, row.start_time]);
    const other = newest.get(key);
    if (other === undefined || String(row.event_ts) > String(other.event_ts)) newest.set(key, row);
  }
  return [...newest.values()].filter((row) => row.is_deleted === 0).map(toTableRow);
}

function toTableRow({ is_deleted: _, ...row }: Record<string, unknown>): TableRow {
  const text = (column: string) => String(row[column]);
  return {
    ...row,
    id: text('id'),
    trace_id: text('trace_id'),
    start_time: text('start_time'),
    event_ts: text('event_ts'),
    updated_at: text('updated_at'),
    type: text('type'),
    name: text('name'),
    input: text('input'),
    output: text('output'),
  };
}

/** Which version of which row, sorted: equal lists are equal sets, and a row that came twice shows. */
export function versionsOf(rows: ReadonlyArray<Record<string, unknown>>): string[] {
  return rows.map((row) => `${row.trace_id}/${row.id} ${row.start_time} as of ${row.event_ts}`).sort();
}

export function idsOf(rows: ReadonlyArray<Record<string, unknown>>): string[] {
  return rows.map(({ id }) => String(id)).sort();
}
