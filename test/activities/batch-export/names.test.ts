import { expect, test } from 'vitest';
import { batchExportRequestSchema } from '../../../shared/batch-export.ts';
import { batchExportDisposition, batchExportFileName, batchExportKey } from '../../../shared/names-batch-export.ts';

const clickedAt = '2026-03-01T10:00:00.123Z';
const job = (request: Record<string, unknown>) => ({
  projectId: 'p',
  exportId: 'e',
  clickedAt,
  request: batchExportRequestSchema.parse(request),
});

test('a file is named after the click and what it holds, in characters that every system takes', () => {
  expect(batchExportFileName(job({}))).toBe('20260301T100000.123Z - events as CSV.csv');
  expect(batchExportFileName(job({ format: 'jsonl', compression: 'gzip' }))).toBe(
    '20260301T100000.123Z - events as JSONL.jsonl.gz',
  );
  expect(batchExportFileName(job({ format: 'parquet' }))).toMatch(/ as Parquet\.parquet$/);
});

test('the key holds no space, and stays in the folder of project and export', () => {
  expect(batchExportKey('downloads/', job({ compression: 'zstd' }))).toBe(
    'downloads/p/batch-exports/e/20260301T100000.123Z_-_events_as_CSV.csv.zst',
  );
});

test('the header quotes the name', () => {
  expect(batchExportDisposition(job({}))).toBe('attachment; filename="20260301T100000.123Z - events as CSV.csv"');
});
