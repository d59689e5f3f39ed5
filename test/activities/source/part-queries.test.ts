import { describe, expect, test } from 'vitest';
import { conditionsOf, countOfPart, rowsOfPart } from '../../../activities/source/part-queries.ts';
import type { Selection } from '../../../activities/source/source.ts';
import { DEFAULT_TABLES, resolveTable } from '../../../activities/source/source-table.ts';
import { eventsColumns } from '../../../dev/tables/events-columns.ts';
import type { Part, Slice, Window } from '../../../shared/activities.ts';
import { FORMATS } from '../../../shared/config/integration.ts';
import { COLUMN_GROUPS } from '../../../shared/sources/catalog.ts';

const selection: Selection = {
  projectId: "project'; DROP",
  source: 'events',
  columnGroups: [...COLUMN_GROUPS],
  format: 'csv',
  csv: { bom: false, formulaGuard: true },
};
const table = resolveTable(selection, {
  ...DEFAULT_TABLES,
  events: { full: 'db.events_full', core: 'events`core' },
});
const delivered = { table: '`exports`.`delivered`', scope: { projectId: selection.projectId, integrationId: 'i' } };
const [start, end] = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'];
const slices: Slice[] = [
  { kind: 'range', from: start, to: end },
  {
    kind: 'minutes',
    runs: [
      [29_000_000, 29_000_001],
      [29_100_000, 29_200_000],
    ],
  },
  { kind: 'outside' },
];
const windows: Window[] = [
  { axis: 'event', start, end, updatedBefore: end },
  { axis: 'event', start, end, open: true, beforeEpoch: true },
  { axis: 'updated', start, end, eventFrom: start },
  { axis: 'updated', start, end, late: 2 },
];
const statements = windows.flatMap((window) =>
  slices.flatMap((slice) => {
    const part: Pick<Part, 'slice' | 'hash'> = { slice, hash: [5, 10] };
    const conditions = conditionsOf(table, window, part, delivered);
    return [
      countOfPart(table, conditions),
      ...FORMATS.map((format) => rowsOfPart(table, { ...selection, format }, conditions)),
    ];
  }),
);

describe('every query of a part', () => {
  test('has key conditions only in PREWHERE: everything else would bring superseded versions back', () => {
    for (const { sql } of statements) {
      const prewhere = /FINAL\nPREWHERE ([\s\S]*?)(\nWHERE|\nFORMAT|$)/.exec(sql)?.[1] ?? '';
      expect(prewhere).toContain('e.project_id = {project_id:String}');
      expect(prewhere).toContain('xxHash32(e.trace_id) >= {hash_from:UInt32}');
      const columns = [...prewhere.matchAll(/\be\.(\w+)/g)].map(([, name]) => name);
      for (const name of columns) expect(name).toBeOneOf(['project_id', 'start_time', 'trace_id']);
      expect(prewhere).not.toContain('toUnixTimestamp64Micro');
    }
  });

  test('names each column with its table: a bare name would mean the exported value of that name', () => {
    const names = [...eventsColumns.matchAll(/^\s+(\w+) [A-Z]/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(60);
    const bare = new RegExp(`(?<![.\\w\`{'])(${names.join('|')})\\b(?!\`)`);
    for (const { sql } of statements) expect(sql.replaceAll(/'[^']*'|INTO [^(]*/g, '')).not.toMatch(bare);
  });

  test('carries values as parameters', () => {
    for (const { sql, params } of statements) {
      expect(sql).not.toContain('DROP');
      expect(params.project_id).toBe("project'; DROP");
      const used = [...sql.matchAll(/\{(\w+):/g)].map(([, name]) => name ?? '');
      expect(Object.keys(params).sort()).toEqual([...new Set(used)].sort());
    }
  });
});

test('table names are quoted, with their database', () => {
  expect(table.from).toBe('`db`.`events_full` AS e');
  const lean = resolveTable(
    { ...selection, columnGroups: ['basic'] },
    { ...DEFAULT_TABLES, events: { full: 'a', core: 'events`core' } },
  );
  expect(lean.from).toBe('`events\\`core` AS e');
});
