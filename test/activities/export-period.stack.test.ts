import { createHash } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadata } from 'hyparquet';
import Papa from 'papaparse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleDay as day, insertSampleDay } from '../support/sample-day.ts';
import { runActivity } from './run-activity.ts';
import { createSetting, eventWindow, exportWhole, type Setting } from './setting.ts';

let setting: Setting;
let rowsOfDay = 0;

beforeAll(async () => {
  setting = await createSetting();
  const { world } = setting;
  await insertSampleDay(world, 3_000);
  const [counted] = await setting.rows(
    `SELECT toUInt32(count()) AS rows FROM events_full FINAL WHERE project_id = '${world.projectId}'`,
  );
  rowsOfDay = Number(counted?.rows);
});
afterAll(() => setting.cleanup());

const readers: Record<string, (bytes: Buffer) => number> = {
  csv: (bytes) => Papa.parse(bytes.toString(), { header: true, skipEmptyLines: true }).data.length,
  json: (bytes) => JSON.parse(bytes.toString()).length,
  jsonl: (bytes) =>
    bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)).length,
  parquet: (bytes) => Number(parquetMetadata(new Uint8Array(bytes).buffer).num_rows),
};
const unpack = { none: (bytes: Buffer) => bytes, gzip: gunzipSync, zstd: zstdDecompressSync };

test.each([
  ['csv', 'gzip'],
  ['csv', 'none'],
  ['json', 'zstd'],
  ['jsonl', 'gzip'],
  ['jsonl', 'none'],
  ['parquet', 'none'],
] as const)('a period arrives as %s with compression %s, and its manifest proves it', async (format, compression) => {
  const job = setting.job({
    format,
    compression,
    layout: { kind: 'template', template: `${format}-${compression}` },
    destination: { ...setting.job().config.destination, prefix: `${format}-${compression}/` },
    tuning: { targetPartRows: 1_200 },
  });
  const { plan, result } = await exportWhole(setting.activities, job, day);
  const manifest = await setting.manifest(result);

  expect(plan.parts.length).toBeGreaterThan(1);
  expect(manifest).toMatchObject({ revision: 1, format, compression, periods: 1, superseded: [] });
  expect(manifest.totals).toMatchObject({ rows: rowsOfDay, files: plan.parts.length });
  expect(manifest.counts).toEqual({ before: rowsOfDay, after: rowsOfDay });
  expect(result).toMatchObject({ rows: rowsOfDay, files: plan.parts.length, revision: 1 });
  for (const file of manifest.files) {
    const bytes = await setting.object(file.key);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
    expect(bytes.length).toBe(file.bytes);
    const raw = unpack[compression](bytes);
    expect(raw.length).toBe(file.uncompressedBytes);
    expect(readers[format]?.(raw)).toBe(file.rows);
    expect(file.minEventTime && file.maxEventTime && file.minEventTime <= file.maxEventTime).toBe(true);
  }
});

test('a byte order mark stands before the header when it is configured, and changes no count', async () => {
  const { destination } = setting.job().config;
  const job = setting.job({ format: 'csv', csv: { bom: true }, destination: { ...destination, prefix: 'bom/' } });
  const { result } = await exportWhole(setting.activities, job, day);
  const [file] = (await setting.manifest(result)).files;
  const bytes = await setting.object(file?.key ?? '');
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  expect(file?.rows).toBe(rowsOfDay);
});

test('a small period is planned, exported and committed by one activity', async () => {
  const { destination } = setting.job().config;
  const job = setting.job({ destination: { ...destination, prefix: 'small/' } });
  const input = { job, window: day, targetPartBytes: 2 ** 30, leftover: [] };
  const outcome = await runActivity(() => setting.activities.exportSmallPeriod(input));
  expect(outcome).toMatchObject({ kind: 'committed', result: { rows: rowsOfDay, files: 1, revision: 1 } });
});

test('a period that is not small is handed back as a plan, and nothing is written', async () => {
  const { destination } = setting.job().config;
  const job = setting.job({ destination: { ...destination, prefix: 'large/' }, tuning: { targetPartRows: 500 } });
  const input = { job, window: day, targetPartBytes: 2 ** 30, leftover: [] };
  const outcome = await runActivity(() => setting.activities.exportSmallPeriod(input));
  expect(outcome.kind).toBe('planned');
  expect((await setting.keys()).filter((key) => key.startsWith('large/'))).toEqual([]);
});

test('a window without rows is committed by a manifest alone', async () => {
  const { destination } = setting.job().config;
  const job = setting.job({ destination: { ...destination, prefix: 'empty/' } });
  const window = eventWindow('2026-05-01T00:00:00.000Z', '2026-05-02T00:00:00.000Z');
  const outcome = await runActivity(() =>
    setting.activities.exportSmallPeriod({ job, window, targetPartBytes: 2 ** 30, leftover: [] }),
  );
  expect(outcome).toMatchObject({ kind: 'committed', result: { rows: 0, files: 0 } });
  const run = { ...window, end: '2026-05-20T00:00:00.000Z' };
  const result = await runActivity(() => setting.activities.commitEmptyRun({ job, window: run, periods: 19 }));
  expect(await setting.manifest(result)).toMatchObject({ periods: 19, files: [], totals: { rows: 0 } });
  expect((await setting.keys()).filter((key) => key.startsWith('empty/'))).toHaveLength(2);
});

test('live rows are registered before they are planned, so that a sweep finds only what came later', async () => {
  const { destination } = setting.job().config;
  const job = setting.job({ destination: { ...destination, prefix: 'live/' } });
  const { projectId } = job;
  const [bounds] = await setting.rows(
    `SELECT toString(toStartOfDay(min(updated_at))) AS low, toString(toStartOfDay(max(updated_at)) + INTERVAL 1 DAY) AS high FROM events_full WHERE project_id = '${projectId}'`,
  );
  const at = (text: unknown) => new Date(`${String(text).replace(' ', 'T').slice(0, 19)}Z`).toISOString();
  const live = { axis: 'updated' as const, start: at(bounds?.low), end: at(bounds?.high) };
  const { result } = await exportWhole(setting.activities, job, live);
  expect(result.rows).toBe(rowsOfDay);
  const span = { job, axis: 'updated' as const, from: live.start, to: live.end, anchorMs: Date.parse(live.start) };
  const lengthMs = Date.parse(live.end) - Date.parse(live.start);
  const sweep = () => runActivity(() => setting.activities.findLateRows({ ...span, lengthMs, late: 2 }));
  expect((await sweep()).periods).toEqual([]);

  await setting.command(
    `INSERT INTO events_full SELECT * REPLACE (concat('late-', span_id) AS span_id) FROM events_full FINAL WHERE project_id = '${projectId}' LIMIT 7`,
  );
  expect((await sweep()).periods).toEqual([[0, 7]]);
  const late = await exportWhole(setting.activities, job, { ...live, late: 2 });
  expect(late.result).toMatchObject({ rows: 7, revision: 1 });
  expect(late.result.manifestKey).toContain('.late-2h.');
  const again = await runActivity(() => setting.activities.findLateRows({ ...span, lengthMs, late: 3 }));
  expect(again.periods).toEqual([]);
});
