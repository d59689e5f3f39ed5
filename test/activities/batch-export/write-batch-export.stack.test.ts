import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertSampleDay } from '../../support/sample-day.ts';
import { failureOf, runActivity } from '../run-activity.ts';
import { createSetting, type Setting } from '../setting.ts';
import type { FileRow } from '../source/read-file.ts';
import { CLICK, type DownloadSetting, downloadSetting } from './download-setting.ts';

const ROWS = 2_000;
const FORMATS = ['csv', 'json', 'jsonl', 'parquet'] as const;
/** Enough to tell rows and their order. */
const NARROW = { columnGroups: ['core' as const, 'basic' as const] };

let setting: Setting;
let own: DownloadSetting;
/** Ids as ClickHouse sorts them, newest first. */
let newestFirst: string[];

beforeAll(async () => {
  setting = await createSetting();
  own = downloadSetting(setting);
  await insertSampleDay(setting.world, ROWS);
  newestFirst = await idsOf('1');
});
afterAll(() => setting.cleanup());

async function idsOf(condition: string, order = 'start_time DESC, span_id DESC, trace_id DESC'): Promise<string[]> {
  const rows = await setting.rows(
    `SELECT span_id FROM events_full FINAL WHERE project_id = '${setting.world.projectId}' AND ${condition} ORDER BY ${order}`,
  );
  return rows.map(({ span_id }) => String(span_id));
}

const ids = (rows: FileRow[]) => rows.map(({ id }) => String(id));

describe.each(FORMATS)('%s', (format) => {
  test('many slices make one file, newest first, with every row once', async () => {
    const job = own.job({ format, ...NARROW });
    const file = await own.write(job);
    expect(ids(await own.read(job, file))).toEqual(newestFirst);
    expect(file.sha256).toBe(
      createHash('sha256')
        .update(await setting.object(file.key))
        .digest('hex'),
    );
    expect(file.truncatedAt).toBeUndefined();
    expect(await own.headers(file)).toEqual({
      type: expect.stringMatching(/csv|json|parquet/),
      disposition: expect.stringMatching(/^attachment; filename="20260305T000000\.000Z - events as \w+\.\w+"$/),
    });
  });

  test('no rows make a whole file', async () => {
    const job = own.job({ format, ...NARROW }, { projectId: `${setting.world.projectId}-empty` });
    const file = await own.write(job);
    expect(file).toMatchObject({ rows: 0 });
    expect(await own.read(job, file)).toEqual([]);
    const text = (await setting.object(file.key)).toString('latin1');
    const whole = { csv: /^"id",[^\n]*\n$/, json: /^\[\n\n\]\n$/, jsonl: /^$/, parquet: /^PAR1.*PAR1$/s };
    expect(text).toMatch(whole[format]);
  });

  test('a row limit takes the newest rows, and the result says so', async () => {
    const job = own.job({ format, ...NARROW, rowLimit: 250 });
    expect(await runActivity(() => own.activities().planBatchExport({ job }))).toMatchObject({ rows: 250 });
    const file = await own.write(job);
    expect(file).toMatchObject({ rows: 250, truncatedAt: 250 });
    expect(ids(await own.read(job, file))).toEqual(newestFirst.slice(0, 250));
  });

  test('filters leave rows out', async () => {
    const filter = { column: 'type' as const, type: 'stringOptions' as const, operator: 'any of' as const };
    const job = own.job({ format, ...NARROW, filters: [{ ...filter, value: ['GENERATION'] }] });
    const file = await own.write(job);
    const expected = await idsOf(`type = 'GENERATION'`);
    expect(expected.length).toBeGreaterThan(10);
    expect(expected.length).toBeLessThan(ROWS);
    expect(ids(await own.read(job, file))).toEqual(expected);
  });

  test('other orders come sorted', async () => {
    const job = own.job({ format, ...NARROW, order: { column: 'name', direction: 'ASC' } });
    const expected = await idsOf('1', 'name, start_time, span_id, trace_id');
    expect(ids(await own.read(job, await own.write(job)))).toEqual(expected);
  });
});

test.each(['gzip', 'zstd'] as const)('%s compresses the whole file', async (compression) => {
  const job = own.job({ format: 'csv', ...NARROW, compression });
  expect(ids(await own.read(job, await own.write(job)))).toEqual(newestFirst);
});

test('oldest first is the other way round, with a limit of the oldest', async () => {
  const job = own.job({ format: 'json', ...NARROW, order: { column: 'startTime', direction: 'ASC' }, rowLimit: 777 });
  const expected = await idsOf('1', 'start_time, span_id, trace_id');
  expect(ids(await own.read(job, await own.write(job)))).toEqual(expected.slice(0, 777));
});

test('a limit that the rows just fit cuts nothing, and the operator may set one too', async () => {
  const job = own.job({ format: 'jsonl', ...NARROW, rowLimit: ROWS });
  const file = await own.write(job);
  expect(file.rows).toBe(newestFirst.length);
  expect(file.truncatedAt).toBeUndefined();
  const activities = setting.activitiesWith({ downloads: own.downloads({ rowLimit: 10 }) });
  expect(await own.write(own.job({ ...NARROW, rowLimit: 20 }), { activities })).toMatchObject({
    rows: 10,
    truncatedAt: 10,
  });
});

test('rows dated or created after the click are left out', async () => {
  const clickedAt = '2026-03-01T12:00:00.000Z';
  const job = own.job({ format: 'jsonl', ...NARROW }, { clickedAt });
  const expected = await idsOf(`start_time <= '2026-03-01 12:00:00' AND created_at <= '2026-03-01 12:00:00'`);
  expect(expected.length).toBeGreaterThan(100);
  expect(expected.length).toBeLessThan(newestFirst.length);
  const file = await own.write(job);
  expect(ids(await own.read(job, file))).toEqual(expected);
  expect(await runActivity(() => own.activities().planBatchExport({ job }))).toMatchObject({ rows: expected.length });
});

test('a byte order mark and the header line stand once', async () => {
  const job = own.job({ format: 'csv', ...NARROW, csv: { bom: true } });
  const text = (await setting.object((await own.write(job)).key)).toString('utf8');
  expect(text.startsWith('\ufeff"id"')).toBe(true);
  expect(text.split('\ufeff')).toHaveLength(2);
  expect(text.split('"trace_id"')).toHaveLength(2);
});

test('a start time in the filters narrows, also to nothing', async () => {
  const after = (value: string) => [{ column: 'startTime', type: 'datetime', operator: '>=', value } as const];
  const some = own.job({ ...NARROW, format: 'jsonl', filters: after('2026-03-01T18:00:00.500Z') });
  const expected = await idsOf(`start_time >= '2026-03-01 18:00:00.5'`);
  expect(expected.length).toBeGreaterThan(100);
  expect(ids(await own.read(some, await own.write(some)))).toEqual(expected);
  const none = own.job({ ...NARROW, filters: after('2030-01-01T00:00:00Z') });
  expect(await own.write(none)).toMatchObject({ rows: 0 });
});

test('the file is removed by its job, once more without a fault', async () => {
  const job = own.job(NARROW);
  const { key } = await own.write(job);
  const activities = own.activities();
  await runActivity(() => activities.removeBatchExportFile({ job }));
  expect(await setting.keys()).not.toContain(key);
  await runActivity(() => activities.removeBatchExportFile({ job }));
});

test('without storage every activity says which variable is missing', async () => {
  const problem = 'LANGFUSE_S3_BATCH_EXPORT_BUCKET is not set: name one.';
  const activities = setting.activitiesWith({ downloads: { problem } });
  const job = own.job();
  const works: Array<() => Promise<unknown>> = [
    () => activities.planBatchExport({ job }),
    () => activities.writeBatchExport({ job }),
    () => activities.removeBatchExportFile({ job }),
  ];
  for (const work of works) {
    const failure = await failureOf(runActivity(work));
    expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
    expect(failure.message).toContain('LANGFUSE_S3_BATCH_EXPORT_BUCKET');
  }
});

test('the ledger keeps the newest state of an export, without mail addresses', async () => {
  const job = own.job({ ...NARROW, notify: ['someone@example.com'] });
  const file = await own.write(job);
  const { recordBatchExport } = own.activities();
  const at = '2026-03-05T00:00:01.000Z';
  await runActivity(() => recordBatchExport({ state: { job, status: 'PROCESSING' }, at: CLICK, durationMs: 1 }));
  const state = { job, status: 'COMPLETED' as const, plan: { rows: 1, bytes: 2 }, file, expiresAt: at };
  await runActivity(() => recordBatchExport({ state, at, durationMs: 1_000.4 }));
  const rows = await setting.rows(`SELECT * FROM batch_exports FINAL WHERE export_id = '${job.exportId}'`);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ status: 'COMPLETED', key: file.key, sha256: file.sha256, actor: 'test' });
  expect(JSON.stringify(rows)).not.toContain('someone@example.com');
});
