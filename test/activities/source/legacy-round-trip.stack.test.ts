import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Selection } from '../../../activities/source/source.ts';
import type { ExpectedValue } from '../../../dev/sample-data/hostile-row.ts';
import { hostileExpectations, insertHostileRows } from '../../../dev/sample-data/hostile-rows.ts';
import type { Window } from '../../../shared/activities.ts';
import { FORMATS } from '../../../shared/config/integration.ts';
import { expectHostileRows } from '../../support/hostile-values.ts';
import { insertLegacyRows } from '../../support/legacy-rows.ts';
import { type FileRow, readFile } from './read-file.ts';
import { openSourceWorld, type SourceWorld } from './source-world.ts';

/** Hostile texts of the events table in every text column of the legacy tables, and its hostile maps, lists and decimals. */
interface LegacyTable {
  source: 'traces' | 'observations' | 'scores';
  time: 'timestamp' | 'start_time';
  /** Text columns; exported under their own name unless `exportedAs` says otherwise. */
  texts: readonly string[];
  /** What is stored in the other columns, as SQL over the events table. */
  others: Readonly<Record<string, string>>;
  /** Texts that stay '' where nothing is stored; of all others '' is null. */
  neverNull: readonly string[];
}

const METADATA = {
  metadata: 'mapFromArrays(e.metadata_names, arrayResize(e.metadata_values, length(e.metadata_names)))',
  environment: 'e.environment',
};
const CONTENTS = { input: 'e.input', output: 'e.output' };

const TABLES: readonly LegacyTable[] = [
  {
    source: 'traces',
    time: 'timestamp',
    texts: ['name', 'user_id', 'session_id', 'release', 'version'],
    others: { ...METADATA, ...CONTENTS, tags: 'e.tags' },
    neverNull: ['name'],
  },
  {
    source: 'observations',
    time: 'start_time',
    texts: [
      ...['name', 'trace_id', 'parent_observation_id', 'type', 'level', 'status_message', 'version'],
      ...['provided_model_name', 'internal_model_id', 'model_parameters', 'usage_pricing_tier_id'],
      ...['usage_pricing_tier_name', 'prompt_id', 'prompt_name'],
    ],
    others: {
      ...METADATA,
      ...CONTENTS,
      usage_details: 'e.usage_details',
      cost_details: 'e.cost_details',
      total_cost: `if(mapContains(e.cost_details, 'total'), e.cost_details['total'], NULL)`,
      tool_definitions: 'e.tool_definitions',
      tool_calls: 'e.tool_calls',
      tool_call_names: 'e.tool_call_names',
      prompt_version: 'e.prompt_version',
    },
    neverNull: ['name', 'trace_id'],
  },
  {
    source: 'scores',
    time: 'timestamp',
    texts: [
      ...['name', 'trace_id', 'session_id', 'observation_id', 'source', 'comment', 'author_user_id', 'config_id'],
      ...['data_type', 'string_value', 'long_string_value', 'queue_id', 'dataset_run_id', 'execution_trace_id'],
      ...['ingestion_sdk_name', 'ingestion_sdk_version'],
    ],
    others: METADATA,
    neverNull: ['name'],
  },
];
const exportedAs = (column: string) => (column === 'internal_model_id' ? 'model_id' : column);

const window: Window = { axis: 'event', start: '1970-01-02T00:00:00.000Z', end: '2027-01-01T00:00:00.000Z' };
const everything: Window = { ...window, open: true, beforeEpoch: true };
let own: SourceWorld;

beforeAll(async () => {
  own = await openSourceWorld();
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  await insertHostileRows({ command: own.command, database, projectId });
  for (const { source, time, texts, others } of TABLES) {
    const columns = { ...Object.fromEntries(texts.map((column) => [column, 'e.name'])), ...others };
    await own.command(`INSERT INTO ${database}.${source}
      (project_id, id, ${time}, created_at, updated_at, event_ts, is_deleted, ${Object.keys(columns).join(', ')})
      SELECT e.project_id, e.span_id, e.start_time, e.created_at, e.updated_at, e.event_ts, 0, ${Object.values(columns).join(', ')}
      FROM ${database}.events_full AS e FINAL WHERE e.project_id = '${projectId}'`);
  }
});
afterAll(() => own.close());

async function read(chosen: Partial<Selection>): Promise<FileRow[]> {
  const selection = { ...own.selection, ...chosen };
  const rows: FileRow[] = [];
  for (const part of await own.source.planParts(selection, everything, { rows: 50, bytes: 2 ** 30 }, own.stream())) {
    const { bytes, tally } = await own.read(everything, part, { selection });
    const found = await readFile(bytes, selection.format);
    expect(tally).toMatchObject({ rows: found.length, bytes: bytes.length });
    rows.push(...found);
  }
  return rows;
}

type Expected = Record<string, ExpectedValue>;

/**
 * What a file of the table must hold for each hostile row, in the columns that are worth comparing.
 * @param textOf what the format makes of a text
 */
function expectations(
  { texts, others, neverNull }: LegacyTable,
  textOf = (text: string) => text,
): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const [id, stored] of hostileExpectations()) {
    const row: Expected = { id: textOf(id) };
    const { name } = stored;
    for (const column of texts) {
      if (typeof name !== 'string') continue;
      row[exportedAs(column)] = name === '' && !neverNull.includes(column) ? null : textOf(name);
    }
    for (const column of Object.keys(others)) {
      const value = stored[column];
      if (value === undefined) continue;
      row[column] = typeof value === 'string' && column !== 'total_cost' ? textOf(value) : value;
    }
    expected.set(id, row);
  }
  return expected;
}

describe.each(TABLES)('hostile rows of $source', (table) => {
  test.each(FORMATS)('as %s: an independent reader gets every value', async (format) => {
    expectHostileRows(format, await read({ source: table.source, format }), expectations(table));
  });

  test('the formula guard of CSV marks cells that a spreadsheet would run, and no others', async () => {
    const guarded = { format: 'csv', csv: { bom: false, formulaGuard: true } } as const;
    const mark = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
    const rows = await read({ source: table.source, ...guarded });
    expectHostileRows('csv', rows, expectations(table, mark));
    expect(rows.find(({ id }) => id === 'formula')).toMatchObject({ name: "'=1+1", metadata: { '=1+1': '=1+1' } });
  });

  test('the columns are the same, in the same order, in every format, and every text column of the table is among them', async () => {
    const { source, texts, others } = table;
    const names = (await own.source.columns({ ...own.selection, source })).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...texts.map(exportedAs), ...Object.keys(others)]));
    for (const format of FORMATS) {
      const [row] = await read({ source, format });
      expect(Object.keys(row ?? {})).toEqual(names);
    }
  });
});

describe.each(TABLES)('what is not there in $source', ({ source, time, texts, others, neverNull }) => {
  const contents = ['input', 'output'].filter((column) => column in others);
  const selection = () => ({ source, projectId: `empty-${source}-${own.world.id}` });

  beforeAll(async () => {
    const row = { project_id: selection().projectId, [time]: '2026-04-01 10:00:00', event_ts: '2026-04-01 10:00:00' };
    const empty = Object.fromEntries([...texts, ...contents, 'environment'].map((column) => [column, '']));
    const values = [
      { ...row, id: 'null' },
      { ...row, ...empty, id: 'empty' },
    ];
    await own.world.clickhouse.client.insert({ table: source, values, format: 'JSONEachRow' });
  });

  test.each(FORMATS)(
    'is null or an empty cell as %s, and an empty text is null but for names, input and output',
    async (format) => {
      const rows = new Map((await read({ ...selection(), format })).map((row) => [row.id, row]));
      expect(rows.size).toBe(2);
      const nothing = format === 'csv' ? '' : null;
      for (const [id, row] of rows) {
        for (const column of texts)
          expect([id, column, row[exportedAs(column)]]).toEqual([
            id,
            column,
            neverNull.includes(column) ? '' : nothing,
          ]);
        for (const column of contents)
          expect([id, column, row[column]]).toEqual([id, column, id === 'null' ? nothing : '']);
        expect(row.metadata).toEqual({});
      }
      expect(rows.get('empty')).toMatchObject({ environment: nothing });
      if (source === 'traces') expect(rows.get('null')).toMatchObject({ tags: [], bookmarked: false, public: false });
      if (source === 'observations')
        expect(rows.get('null')).toMatchObject({
          ...{ end_time: nothing, completion_start_time: nothing, total_cost: nothing },
          ...{ latency_ms: null, time_to_first_token_ms: null, prompt_version: null },
          ...{ usage_details: {}, cost_details: {}, tool_definitions: {}, tool_calls: [], tool_call_names: [] },
        });
    },
  );
});

describe('the values of scores', () => {
  const VALUES = [0, -0.5, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1e21, 2 ** 53 + 2];
  const selection = () => ({ source: 'scores' as const, projectId: `values-${own.world.id}` });

  beforeAll(async () => {
    const { client } = own.world.clickhouse;
    const scores = VALUES.map((value, at) => ({ id: String(at), timestamp: '2026-04-01T10:00:00.001Z', value }));
    await insertLegacyRows(client, selection().projectId, { scores });
    await own.command(`INSERT INTO scores (project_id, id, timestamp, event_ts, value)
      SELECT '${selection().projectId}', toString(value), '2026-04-01 10:00:00', '2026-04-01 10:00:00', arrayJoin([nan, inf, -inf]) AS value`);
  });

  test.each(FORMATS)('keep all their digits as %s; what is no number is null in JSON', async (format) => {
    const values = new Map((await read({ ...selection(), format })).map(({ id, value }) => [String(id), value]));
    for (const [at, value] of VALUES.entries()) expect(Number(values.get(String(at)))).toBe(value);
    if (format === 'json' || format === 'jsonl')
      expect(['nan', 'inf', '-inf'].map((id) => values.get(id))).toEqual([null, null, null]);
    expect(values.size).toBe(VALUES.length + 3);
  });
});

test('times have three digits, and Parquet has types: null only where it can be', async () => {
  const typesOf = async (source: LegacyTable['source']) => {
    const columns = await own.source.columns({ ...own.selection, source, format: 'parquet' });
    return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  };
  expect(await typesOf('traces')).toMatchObject({
    ...{ id: 'String', timestamp: 'DateTime64(3)', user_id: 'Nullable(String)', input: 'Nullable(String)' },
    ...{ tags: 'Array(String)', metadata: 'Map(String, String)', public: 'Bool' },
  });
  expect(await typesOf('observations')).toMatchObject({
    ...{
      end_time: 'Nullable(DateTime64(3))',
      total_cost: 'Nullable(Decimal(18, 12))',
      latency_ms: 'Nullable(Float64)',
    },
    ...{ usage_details: 'Map(String, UInt64)', cost_details: 'Map(String, Decimal(18, 12))' },
  });
  expect(await typesOf('scores')).toMatchObject({ value: 'Float64', trace_id: 'Nullable(String)' });
  const { projectId } = own.selection;
  await insertLegacyRows(own.world.clickhouse.client, `times-${projectId}`, {
    observations: [{ id: 'a', start_time: '1969-12-31T23:59:59.999Z', end_time: '2026-01-02T03:04:05.678Z' }],
  });
  const found = await Promise.all(
    FORMATS.map((format) => read({ source: 'observations', projectId: `times-${projectId}`, format })),
  );
  const times = { start_time: '1969-12-31T23:59:59.999Z', end_time: '2026-01-02T03:04:05.678Z' };
  for (const rows of found) expect(rows).toEqual([expect.objectContaining(times)]);
});
