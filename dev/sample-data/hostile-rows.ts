import type { RunCommand } from '../tables/create-tables.ts';
import type { ExpectedValue, HostileRow } from './hostile-row.ts';
import { hostileShapes } from './hostile-shapes.ts';
import { hostileTexts, longCell } from './hostile-texts.ts';
import { type HostileValue, instant, toSql } from './hostile-values.ts';

/** All hostile rows but the cell of 10 MB. */
export const hostileRows: readonly HostileRow[] = [...hostileTexts, ...hostileShapes];

export interface HostileOptions {
  command: RunCommand;
  database: string;
  projectId: string;
  /** Default `events_full`. */
  table?: string;
  /** Start of the rows whose time does not matter, and the time of writing of all. Default 2026-03-01 10:00 UTC. */
  at?: Date;
  /** Whether the cell of 10 MB comes too. Default true. */
  longCell?: boolean;
}

function everyRow(withLongCell: boolean): readonly HostileRow[] {
  return withLongCell ? [...hostileRows, longCell()] : hostileRows;
}

/**
 * Writes the hostile rows, those with the same columns in one statement. All belong to the given project and have the
 * type SPAN.
 *
 * @returns how many there are
 */
export async function insertHostileRows(options: HostileOptions): Promise<number> {
  const { command, database, projectId, table = 'events_full', at = new Date('2026-03-01T10:00:00Z') } = options;
  const now = instant(at.toISOString().replace('T', ' ').replace('Z', ''));
  const rows = everyRow(options.longCell ?? true);
  const complete = rows.map(
    ({ id, columns }): Record<string, HostileValue> => ({
      project_id: projectId,
      trace_id: 'hostile',
      span_id: id,
      start_time: now,
      type: 'SPAN',
      created_at: now,
      updated_at: now,
      event_ts: now,
      ...columns,
    }),
  );
  const alike = Map.groupBy(complete, (row) => Object.keys(row).join(', '));
  for (const [columns, group] of alike) {
    const selects = group.map((row) => `SELECT ${Object.values(row).map(toSql).join(', ')}`);
    await command(`INSERT INTO ${database}.${table} (${columns}) ${selects.join('\nUNION ALL ')}`);
  }
  return rows.length;
}

/** Text columns that are exported under their own name and as they are, unless empty. */
const textColumns = [
  'input',
  'output',
  'name',
  'status_message',
  'user_id',
  'version',
  'environment',
  'model_parameters',
];

/**
 * What an export must deliver for the hostile rows: id → the columns worth comparing, named as in the export.
 * Formula texts are given as stored (an export with a formula guard puts a quote before them).
 */
export function hostileExpectations(
  options: { longCell?: boolean } = {},
): ReadonlyMap<string, Readonly<Record<string, ExpectedValue>>> {
  const expectation = ({ id, columns, expected }: HostileRow): [string, Record<string, ExpectedValue>] => {
    const asStored = textColumns.flatMap((name): [string, string][] => {
      const value = columns[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    });
    return [id, { id, ...Object.fromEntries(asStored), ...expected }];
  };
  return new Map(everyRow(options.longCell ?? true).map(expectation));
}
