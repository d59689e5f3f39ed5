import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSampleData } from '../../dev/sample-data/generate-sample-data.ts';
import { hostileExpectations, insertHostileRows } from '../../dev/sample-data/hostile-rows.ts';
import { DAY } from '../../shared/period.ts';
import type { TableRow } from './events.ts';
import { createExportWorld, type ExportWorld, type Project } from './export-world.ts';

const hive = { kind: 'hive' } as const;
const flat = { kind: 'flat' } as const;
const template = { kind: 'template', template: 'from-{source}/{year}/{month}' } as const;

let own: ExportWorld;
let project: Project;
let table: TableRow[];
beforeAll(async () => {
  own = await createExportWorld();
  project = own.project('formats');
  const { projectId } = project;
  const { database } = own.world.clickhouse;
  const to = new Date(Math.floor(Date.now() / DAY - 5) * DAY);
  const from = new Date(to.getTime() - DAY);
  await generateSampleData({ command: own.command, database, projectId, rows: 1_500, from, to, bigRows: 1 });
  await insertHostileRows({ command: own.command, database, projectId, longCell: false });
  table = await project.newestVersionsOfTable();
});
afterAll(() => own.cleanup());

/** Columns that every format can tell apart, so that they must come back exactly as the table has them. */
const COMPARED = ['id', 'trace_id', 'start_time', 'event_ts', 'type', 'input', 'output', 'tags'] as const;

function compared(rows: ReadonlyArray<Record<string, unknown>>): string[] {
  return rows.map((row) => JSON.stringify(COMPARED.map((column) => row[column]))).sort();
}

test.each([
  ['parquet', 'none', hive],
  ['csv', 'none', flat],
  ['csv', 'gzip', template],
  ['csv', 'zstd', hive],
  ['json', 'none', template],
  ['json', 'gzip', flat],
  ['json', 'zstd', hive],
  ['jsonl', 'none', flat],
  ['jsonl', 'gzip', hive],
  ['jsonl', 'zstd', template],
] as const)(
  '%s, %s: the files together are the newest versions of the table, value by value',
  async (format, compression, layout) => {
    const tuning = { targetPartRows: 400 };
    const one = await project.start(
      { format, compression, layout, frequency: 'daily', tuning },
      { integrationId: `${format}-${compression}` },
    );
    await one.until(({ backfillDone }) => backfillDone, 'history is exported');
    const rows = await one.exported();

    const valid = table.filter((row) => !String(row.input).includes('\uFFFD'));
    const ids = new Set(valid.map(({ id }) => id));
    expect(compared(rows.filter(({ id }) => ids.has(String(id))))).toEqual(compared(valid));
    expect(rows).toHaveLength(table.length);
    for (const [id, expected] of hostileExpectations({ longCell: false })) {
      const row = rows.find((candidate) => candidate.id === id);
      for (const name of ['input', 'output', 'name'] as const) {
        if (typeof expected[name] === 'string') expect([id, row?.[name]]).toEqual([id, expected[name]]);
      }
      if (format !== 'parquet' && expected.cost_details !== undefined)
        expect(row?.cost_details).toEqual(expected.cost_details);
      if (expected.metadata !== undefined) expect([id, row?.metadata]).toEqual([id, expected.metadata]);
    }

    const manifests = await one.manifests();
    const keys = manifests.flatMap(({ files }) => files.map(({ key }) => key));
    const start = { hive: 'events/axis=event/date=', flat: 'events/event/', template: 'events/event/from-events/' }[
      layout.kind
    ];
    const folder = `exports/${one.projectId}/${one.integrationId}/${start}`;
    for (const key of keys) expect(key.startsWith(folder), key).toBe(true);
    expect(Math.max(...manifests.map(({ files }) => files.length))).toBeGreaterThan(2);
    const everything = (await own.keys()).filter((key) => key.includes(`/${one.integrationId}/`));
    const committed = [...keys, `exports/${one.projectId}/${one.integrationId}/_owner.json`];
    expect(everything.filter((key) => !key.includes('/manifests/'))).toEqual(committed.sort());
  },
);
