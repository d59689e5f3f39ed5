import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExportError } from '../../../activities/export-error.ts';
import type { OrderedSource } from '../../../activities/source/ordered-rows.ts';
import { batchExportKey } from '../../../shared/names-batch-export.ts';
import { gatedTally } from '../../support/gated-tally.ts';
import { insertSampleDay } from '../../support/sample-day.ts';
import { failureOf, runActivity } from '../run-activity.ts';
import { createSetting, type Setting } from '../setting.ts';
import { type DownloadSetting, downloadSetting } from './download-setting.ts';

const ROWS = 25_000;

let setting: Setting;
let own: DownloadSetting;

beforeAll(async () => {
  setting = await createSetting();
  own = downloadSetting(setting);
  await insertSampleDay(setting.world, ROWS);
});
afterAll(() => setting.cleanup());

const slices = { rows: 3_000, bytes: 2 ** 26 };

test.each(['csv', 'parquet'] as const)(
  'cancelling %s in the middle leaves no query, no upload and no object',
  async (format) => {
    const job = own.job({ format });
    // The Parquet file is too small for an upload of several parts.
    const multipart = format === 'csv';
    const gate = gatedTally(multipart ? 20_000_000 : 500_000);
    const activities = own.activities({
      tallyStream: gate.tally,
      downloads: own.downloads({ sliceTarget: slices }),
    });
    let environment: MockActivityEnvironment | undefined;
    const beats: Array<Record<string, unknown>> = [];
    const work = runActivity(() => activities.writeBatchExport({ job }), {
      environment: (given) => {
        environment = given;
        given.on('heartbeat', (beat) => beats.push(beat));
      },
    });
    await Promise.race([gate.reached, work]);
    // The upload may still have to begin, and without one the first beat comes by the clock.
    for (const deadline = Date.now() + 5_000; beats.length === 0 && Date.now() < deadline; await sleep(20));
    expect(await setting.uploads()).toBe(multipart ? 1 : 0);
    expect(beats.at(-1)).toMatchObject({
      key: batchExportKey('downloads/', job),
      ...(multipart ? { uploadId: expect.any(String) } : {}),
      queryId: expect.stringContaining(`/batch-export/${job.exportId}/try1/rows1/`),
      slice: expect.any(Number),
      slices: multipart ? expect.toSatisfy((count: number) => count > 5) : 1,
      rows: expect.any(Number),
    });
    const running = () =>
      setting.rows(`SELECT query_id FROM system.processes WHERE query_id LIKE '%/${job.exportId}/%'`);

    const cancelledAt = Date.now();
    environment?.cancel();
    await expect(work).rejects.toBeInstanceOf(CancelledFailure);
    expect(await setting.uploads()).toBe(0);
    for (const deadline = cancelledAt + 10_000; (await running()).length > 0; await sleep(50)) {
      expect(Date.now()).toBeLessThan(deadline);
    }
    expect(await setting.keys()).not.toContain(batchExportKey('downloads/', job));
  },
);

test('a retry ends what the attempt that died has left, and writes the file anew', async () => {
  const job = own.job({ format: 'jsonl', columnGroups: ['core'] });
  const first = await own.write(job);
  const { s3 } = setting.world;
  const dead = { Bucket: s3.bucket, Key: first.key };
  const { UploadId: uploadId } = await s3.client.send(new CreateMultipartUploadCommand(dead));
  const killed: string[] = [];
  const activities = own.activities({
    killQuery: async (queryId) => {
      killed.push(queryId);
    },
    downloads: own.downloads({ sliceTarget: slices }),
  });
  const again = await own.write(job, {
    activities,
    attempt: 2,
    heartbeatDetails: { key: first.key, uploadId, queryId: 'dead-query', rows: 5, bytes: 5, slice: 1, slices: 9 },
  });
  expect(killed).toEqual(['dead-query']);
  expect(await setting.uploads()).toBe(0);
  expect(again).toMatchObject({ key: first.key, rows: first.rows, sha256: first.sha256 });
});

/** The real source with some answers replaced. */
function sourceWith(replaced: Partial<OrderedSource>): Partial<Setting['dependencies']> {
  const downloads = own.downloads({ sliceTarget: slices });
  return { downloads: { ...downloads, source: { ...downloads.source, ...replaced } } };
}

test('rows that do not fit the counts three times are CountMismatch, and no file is kept', async () => {
  let counts = 0;
  const activities = own.activities(
    sourceWith({
      async countUntil() {
        counts += 1;
        return { rows: ROWS * 2, bytes: 1 };
      },
      async countOrdered() {
        return { minutes: [{ minute: 29_538_000, rows: ROWS * 2, bytes: 1 }], before: { rows: 0, bytes: 0 } };
      },
    }),
  );
  const job = own.job({ format: 'jsonl', columnGroups: ['core'] });
  const failure = await failureOf(runActivity(() => activities.writeBatchExport({ job })));
  expect(failure).toMatchObject({ type: 'CountMismatch', nonRetryable: true });
  expect(counts).toBe(3);
  expect(await setting.keys()).not.toContain(batchExportKey('downloads/', job));
});

test('cancelled while the rows are counted once more, the export leaves no file', async () => {
  const job = own.job({ format: 'jsonl', columnGroups: ['core'] });
  let environment: MockActivityEnvironment | undefined;
  let kept: string[] = [];
  const activities = own.activities(
    sourceWith({
      async countUntil(_selection, _until, { signal }) {
        kept = await setting.keys();
        environment?.cancel();
        signal.throwIfAborted();
        throw new Error('it was not cancelled');
      },
    }),
  );
  const work = runActivity(() => activities.writeBatchExport({ job }), {
    environment: (given) => {
      environment = given;
    },
  });
  await expect(work).rejects.toBeInstanceOf(CancelledFailure);
  expect(kept).toContain(batchExportKey('downloads/', job));
  expect(await setting.keys()).not.toContain(batchExportKey('downloads/', job));
});

test('a query that is too large ends the export with what a person can do', async () => {
  const activities = own.activities(
    sourceWith({
      streamOrdered: async () => Promise.reject(new ExportError('SourceTooLarge', 'Too much.', 'The part is split.')),
    }),
  );
  const job = own.job({ format: 'parquet' });
  const failure = await failureOf(runActivity(() => activities.writeBatchExport({ job })));
  expect(failure).toMatchObject({ type: 'SourceTooLarge', nonRetryable: true });
  expect(failure.message).toContain('MAX_MEMORY_USAGE');
});

test('slices that ClickHouse has no memory for are halved until they fit', async () => {
  const source = own.downloads().source;
  const job = own.job({ format: 'json' });
  const refused: string[] = [];
  const activities = own.activities(
    sourceWith({
      streamOrdered(selection, query, options) {
        const minutes = query.slice.kind === 'minutes' ? query.slice.runs.flatMap(([from, to]) => to - from) : [];
        if (minutes.reduce((sum, count) => sum + count, 0) <= 60)
          return source.streamOrdered(selection, query, options);
        refused.push(options.queryId);
        return Promise.reject(new ExportError('SourceTooLarge', 'Too much.', 'The part is split.'));
      },
    }),
  );
  const file = await own.write(job, { activities });
  expect(refused.length).toBeGreaterThan(5);
  const rows = await own.read(job, file);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(file.rows);
  expect(file.rows).toBeGreaterThan(ROWS * 0.9);
  // Large enough for several parts.
  expect(file.bytes).toBeGreaterThan(2 ** 24);
  expect((await own.headers(file)).disposition).toMatch(/^attachment; filename="/);
  const times = rows.map(({ start_time }) => String(start_time));
  expect(times).toEqual(times.toSorted().reverse());
});
