import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { noticeOf, progressOf } from '../../client/batch-exports/progress.ts';
import { summaryOf } from '../../client/batch-exports/summary.ts';
import { batchExportName, downloadName } from '../../shared/batch-export-memo.ts';
import { exampleJob } from '../support/fake-batch-exports.ts';

const { DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;
const NOW = Date.UTC(2026, 2, 1);

/** What Temporal answers about an export whose file is being written. Times: seconds before now. */
function writing(options: {
  started?: number;
  beat?: number;
  details?: unknown;
  scheduled?: number;
  attempt?: number;
}) {
  const { started, beat, details, scheduled = 100, attempt = 1 } = options;
  const ago = (seconds: number) => msToTs(NOW - seconds * 1000);
  return DescribeWorkflowExecutionResponse.create({
    pendingActivities: [
      {
        activityType: { name: 'writeBatchExport' },
        // Scheduled, or started.
        state: started === undefined ? 1 : 2,
        attempt,
        maximumAttempts: 8,
        scheduledTime: ago(scheduled),
        ...(started === undefined ? {} : { lastStartedTime: ago(started) }),
        ...(beat === undefined ? {} : { lastHeartbeatTime: ago(beat) }),
        ...(details === undefined
          ? {}
          : { heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(details)] } }),
        ...(attempt === 1 ? {} : { lastFailure: { message: 'the bucket was busy' } }),
      },
    ],
  });
}

const details = { rows: 250, bytes: 99, slice: 1, slices: 3, uploadId: 'for the next attempt' };

test('percent and remaining seconds follow from the pace of the attempt', () => {
  expect(progressOf(writing({ started: 15, beat: 5, details }), 1_000, NOW)).toEqual({
    rows: 250,
    bytes: 99,
    slice: 1,
    slices: 3,
    percent: 25,
    // 750 rows at 25 a second, of which 5 seconds have passed.
    etaSeconds: 25,
  });
});

test('more rows than planned are 100 percent and no time left; none planned or written say neither', () => {
  const raw = writing({ started: 15, beat: 5, details });
  expect(progressOf(raw, 100, NOW)).toMatchObject({ percent: 100, etaSeconds: 0 });
  expect(progressOf(raw, 0, NOW)).not.toHaveProperty('percent');
  const none = progressOf(writing({ started: 15, beat: 5, details: { ...details, rows: 0 } }), 1_000, NOW);
  expect(none).toMatchObject({ percent: 0 });
  expect(none).not.toHaveProperty('etaSeconds');
});

test('the last words of an attempt that died, and of other versions, are no progress', () => {
  expect(progressOf(writing({ started: 5, beat: 15, details, attempt: 2 }), 1_000, NOW)).toBeUndefined();
  expect(progressOf(writing({ started: 15, beat: 5, details: { lines: 7 } }), 1_000, NOW)).toBeUndefined();
  expect(progressOf(writing({ started: 15 }), 1_000, NOW)).toBeUndefined();
  expect(progressOf(DescribeWorkflowExecutionResponse.create({}), 1_000, NOW)).toBeUndefined();
});

test('people are told what an export waits for, and why it was begun again', () => {
  expect(noticeOf(writing({ scheduled: 1 }), 'queue', NOW)).toBeUndefined();
  expect(noticeOf(writing({ scheduled: 60 }), 'queue', NOW)).toContain('"queue-batch"');
  expect(noticeOf(writing({ started: 15 }), 'queue', NOW)).toBeUndefined();
  expect(noticeOf(writing({ started: 15, attempt: 3 }), 'queue', NOW)).toBe(
    'Attempt 3 of 8; the one before failed: the bucket was busy',
  );
});

test('a memo of another version, or none, breaks no list', () => {
  const id = { projectId: 'p', exportId: 'e' };
  const open = 1;
  expect(summaryOf(id, { status: open }).summary).toMatchObject({ ...id, status: 'unknown', name: '' });
  const fields = {
    status: defaultPayloadConverter.toPayload('SLEEPING'),
    rows: defaultPayloadConverter.toPayload('x'),
  };
  const { summary } = summaryOf(id, { status: open, memo: { fields } });
  expect(summary).toMatchObject({ status: 'unknown' });
  expect(summary).not.toHaveProperty('rows');
});

test('a file is named after the export, in characters that every file system takes', () => {
  const job = { ...exampleJob('p', 'e'), clickedAt: '2026-03-01T10:00:00.000Z' };
  expect(batchExportName(job)).toBe('20260301T100000.000Z - events as CSV');
  expect(batchExportName({ ...job, request: { ...job.request, name: 'Mine' } })).toBe('Mine');
  const kind = { format: 'csv', compression: 'none' } as const;
  expect(downloadName({ name: 'a/b\\c:d', ...kind })).toBe('a_b_c_d.csv');
  expect(downloadName({ name: '..', ...kind })).toBe('_.csv');
  expect(downloadName({ name: 'Größe \u202e', ...kind, compression: 'zstd' })).toBe('Größe _.csv.zst');
});
