/** How the columns of a file are listed: by group, each with its cell. */
import { COLUMN_GROUPS, type ColumnGroup } from './catalog.ts';
import type { SourceColumn } from './definition.ts';

export type Columns = Record<string, Omit<SourceColumn, 'name' | 'group'>>;
type Cell = Columns[string];

/** Columns that are the table's own, under their own name. */
export function same(cell: (sql: string) => Cell, ...names: string[]): Columns {
  return Object.fromEntries(names.map((name) => [name, cell(`e.${name}`)]));
}

/** The columns of all groups, in the order of the file. */
export function columnsOf(groups: Partial<Record<ColumnGroup, Columns>>): SourceColumn[] {
  return COLUMN_GROUPS.flatMap((group) =>
    Object.entries(groups[group] ?? {}).map(([name, cell]) => ({ name, group, ...cell })),
  );
}
