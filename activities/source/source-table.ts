/** One selection of one source, resolved: which table is read, and which expressions make the columns. */

import { compileFilters, type FilterSet, needsFullTable } from '../../shared/filters/compile.ts';
import { DAY } from '../../shared/period.ts';
import { DEFAULT_LOOK_BACK_DAYS, LOOK_BACK_SOURCES, type SourceName } from '../../shared/sources/catalog.ts';
import type { FormatFamily, SourceColumn, SourceDefinition } from '../../shared/sources/definition.ts';
import { SOURCE_DEFINITIONS } from '../../shared/sources/definitions.ts';
import type { Selection } from './source.ts';
import { type Conditions, quoteTable } from './statement.ts';

/** Names of a source's tables: `full` has everything, `core` (optional) has long texts cut short. */
export type SourceTables = Readonly<Record<SourceName, { full: string; core?: string }>>;

/** Langfuse's names. */
export const DEFAULT_TABLES = {
  events: { full: 'events_full', core: 'events_core' },
  traces: { full: 'traces' },
  observations: { full: 'observations' },
  scores: { full: 'scores' },
} as const satisfies SourceTables;

export interface SourceTable {
  definition: SourceDefinition;
  /** `table AS e`, quoted. */
  from: string;
  /** Expected bytes of a row, as SQL. */
  rowBytes: string;
  columns: readonly SourceColumn[];
  projectId: string;
  /** Filters and search. */
  filter: Partial<Conditions>;
  /** Live windows reach so far back in event time, in ms; without a bound where undefined. */
  lookBackMs: number | undefined;
}

/** The cheaper table is read when no chosen group and no filter needs the full one; plan, counts and stream of a selection read the same one. */
export function resolveTable(selection: Selection, tables: SourceTables): SourceTable {
  const definition = SOURCE_DEFINITIONS[selection.source];
  const names = tables[selection.source];
  const meant: FilterSet = { filters: selection.filters ?? [], search: selection.search };
  const needsFull =
    needsFullTable(meant) || selection.columnGroups.some((group) => definition.fullOnlyGroups.includes(group));
  const table = needsFull ? names.full : (names.core ?? names.full);
  return {
    definition,
    from: `${quoteTable(table)} AS e`,
    rowBytes: needsFull ? definition.rowBytes.full : definition.rowBytes.core,
    columns: definition.columns.filter(({ group }) => group === 'core' || selection.columnGroups.includes(group)),
    projectId: selection.projectId,
    filter: compileFilters(meant, definition.filters),
    lookBackMs: LOOK_BACK_SOURCES.includes(selection.source)
      ? (selection.lookBackDays ?? DEFAULT_LOOK_BACK_DAYS) * DAY
      : undefined,
  };
}

/** The SELECT list of a file. Every expression says `e.`: a bare name would mean the alias beside it. */
export function selectList(table: SourceTable, selection: Pick<Selection, 'format' | 'csv'>): string {
  const family: FormatFamily = selection.format === 'jsonl' ? 'json' : selection.format;
  const guarded = selection.format === 'csv' && selection.csv.formulaGuard;
  return table.columns
    .map((column) => `${(guarded && column.guardedCsv) || column.sql[family]} AS \`${column.name}\``)
    .join(',\n  ');
}
