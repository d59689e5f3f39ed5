import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileExpectations, insertHostileRows } from '../../../dev/sample-data/hostile-rows.ts';
import type { Part, Window } from '../../../shared/activities.ts';
import { COMPRESSIONS, type Format } from '../../../shared/config/integration.ts';
import { expectHostileRows } from '../../support/hostile-values.ts';
import { decompress, type FileRow, readFile } from './read-file.ts';
import { openSourceWorld, type SourceWorld } from './source-world.ts';

const window: Window = {
  axis: 'event',
  start: '1970-01-02T00:00:00.000Z',
  end: '2027-01-01T00:00:00.000Z',
  open: true,
  beforeEpoch: true,
  updatedBefore: '2100-01-01T00:00:00.000Z',
};
let own: SourceWorld;
let parts: Part[];

beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  await insertHostileRows({ command: own.command, database, projectId: own.selection.projectId });
  parts = await own.source.planParts(own.selection, window, { rows: 1_000, bytes: 2 ** 30 }, own.stream());
});
afterAll(() => own.close());

async function read(format: Format, compression: (typeof COMPRESSIONS)[number]): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  for (const part of parts) {
    const selection = { ...own.selection, format };
    const { bytes, tally } = await own.read(window, part, { selection, compression });
    const plain = decompress(bytes, compression);
    const found = await readFile(plain, format);
    expect(tally).toMatchObject({ rows: found.length, bytes: bytes.length, uncompressedBytes: plain.length });
    rows.push(...found);
  }
  return rows;
}

describe.each(['csv', 'json', 'jsonl', 'parquet'] as const)('hostile rows as %s', (format) => {
  test.each(COMPRESSIONS)('%s: an independent reader gets every value', async (compression) => {
    expectHostileRows(format, await read(format, compression), hostileExpectations());
  });
});

test('the columns stand in the order of the contract, in every format', async () => {
  const names = (await own.source.columns(own.selection)).map(({ name }) => name);
  expect(names.slice(0, 10)).toEqual([
    'id',
    'trace_id',
    'start_time',
    'end_time',
    'project_id',
    'parent_observation_id',
    'type',
    'event_ts',
    'name',
    'level',
  ]);
  for (const format of ['csv', 'json', 'jsonl', 'parquet'] as const) {
    const [row] = await read(format, 'none');
    expect(Object.keys(row ?? {})).toEqual(names);
  }
});

test('groups come in the order of the contract, however they were chosen', async () => {
  const columns = await own.source.columns({ ...own.selection, columnGroups: ['trace_context', 'time', 'core'] });
  expect(columns.map(({ name }) => name).slice(8)).toEqual([
    'completion_start_time',
    'created_at',
    'updated_at',
    'tags',
    'release',
    'trace_name',
  ]);
});

test('Parquet has types: times, decimals, maps, lists, and null only where it can be', async () => {
  const columns = await own.source.columns({ ...own.selection, format: 'parquet' });
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  expect(types).toMatchObject({
    id: 'String',
    start_time: 'DateTime64(6)',
    total_cost: 'Decimal(18, 12)',
    usage_details: 'Map(String, UInt64)',
    metadata: 'Map(String, String)',
    tags: 'Array(String)',
    user_id: 'Nullable(String)',
    bookmarked: 'Bool',
    latency_ms: 'Nullable(Float64)',
  });
});

test('the formula guard marks cells that a spreadsheet would run, and no others', async () => {
  const selection = { ...own.selection, format: 'csv' as const, csv: { bom: true, formulaGuard: true } };
  const rows: FileRow[] = [];
  for (const part of parts) {
    const { bytes, tally } = await own.read(window, part, { selection });
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
    const found = await readFile(bytes.subarray(3), 'csv');
    expect(tally.rows).toBe(found.length);
    rows.push(...found);
  }
  const inputs = new Map(rows.map(({ id, input }) => [id, input]));
  expect(inputs.get('formula')).toBe("'=1+1");
  expect(inputs.get('formula-at')).toBe("'@SUM(1)");
  expect(inputs.get('formula-after-tab')).toBe("'\t=1+1");
  expect(inputs.get('quotes')).toBe(hostileExpectations().get('quotes')?.input);
});

test.each([
  ['csv', /^"id",.*\n$/],
  ['json', /^\[\n\n\]\n$/],
  ['jsonl', /^$/],
] as const)('%s without rows is a whole file', async (format, whole) => {
  const part: Part = {
    name: 'p0000',
    source: 'events',
    slice: { kind: 'range', from: '2020-01-01T00:00:00.000Z', to: '2020-01-02T00:00:00.000Z' },
    rows: 0,
    bytes: 0,
  };
  const { bytes, tally } = await own.read(window, part, { selection: { ...own.selection, format } });
  expect(bytes.toString()).toMatch(whole);
  expect(tally.rows).toBe(0);
});

test('Parquet without rows has all columns', async () => {
  const part: Part = { name: 'p0000', source: 'events', slice: { kind: 'minutes', runs: [] }, rows: 0, bytes: 0 };
  const { bytes, tally } = await own.read(window, part, { selection: { ...own.selection, format: 'parquet' } });
  expect(tally.rows).toBe(0);
  expect(await readFile(bytes, 'parquet')).toEqual([]);
});
