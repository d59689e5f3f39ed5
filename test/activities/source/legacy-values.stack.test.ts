import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMATS } from '../../../shared/config/integration.ts';
import { insertLegacyRows } from '../../support/legacy-rows.ts';
import { exportedAs, type LegacyTable, readAll, TABLES } from './legacy-tables.ts';
import { openSourceWorld, type SourceWorld } from './source-world.ts';

let own: SourceWorld;
beforeAll(async () => {
  own = await openSourceWorld();
});
afterAll(() => own.close());

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
      const rows = new Map((await readAll(own, { ...selection(), format })).map((row) => [row.id, row]));
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
    const values = new Map(
      (await readAll(own, { ...selection(), format })).map(({ id, value }) => [String(id), value]),
    );
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
    FORMATS.map((format) => readAll(own, { source: 'observations', projectId: `times-${projectId}`, format })),
  );
  const times = { start_time: '1969-12-31T23:59:59.999Z', end_time: '2026-01-02T03:04:05.678Z' };
  for (const rows of found) expect(rows).toEqual([expect.objectContaining(times)]);
});
