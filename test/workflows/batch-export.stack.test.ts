import {
  CancelledFailure,
  type WorkflowFailedError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { describe, expect } from 'vitest';
import { type BatchExportInput, batchExportWorkflowId } from '../../shared/batch-export.ts';
import { exportProject, exportStatus } from '../../shared/search-attributes.ts';
import type { batchExport } from '../../workflows/batch-export.ts';
import * as messages from '../../workflows/messages.ts';
import {
  createFakeBatchExports,
  exampleJob,
  FAKE_ROWS,
  keyOf,
  startBatchExportWorkers,
} from '../support/fake-batch-exports.ts';
import { eventually, recordHistory } from '../support/integration-runner.ts';
import { workflowTest } from '../support/workflow-test.ts';

const SECOND = 1 / 3_600;
const mailed: BatchExportInput = { notify: ['ada@example.com'] };

type Handle = WorkflowHandle<typeof batchExport>;

const it = workflowTest
  .extend('batch', createFakeBatchExports)
  .extend('workers', async ({ world, batch, cache }, { onCleanup }) => {
    const workers = await startBatchExportWorkers(world, batch, { cache });
    onCleanup(() => workers.stop());
    return workers;
  })
  .extend('start', ({ world, workers }) => {
    return (exportId: string, options: { keepHours?: number; request?: BatchExportInput } = {}): Promise<Handle> => {
      const job = exampleJob(world.projectId, exportId, options.request);
      return world.temporal.client.workflow.start<typeof batchExport>('batchExport', {
        workflowId: batchExportWorkflowId(job),
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        taskQueue: workers.taskQueue,
        args: [{ job, keepHours: options.keepHours ?? 24 }],
      });
    };
  });

async function statusOf(handle: Handle): Promise<string> {
  return (await handle.query(messages.batchExportState)).status;
}

async function untilStatus(handle: Handle, status: string): Promise<void> {
  await eventually(async () => expect(await statusOf(handle)).toBe(status));
}

/** What a workflow ended with. */
async function failureOf(handle: Handle): Promise<unknown> {
  const error: unknown = await handle.result().then(
    (state) => expect.fail(`it ended well: ${JSON.stringify(state)}`),
    (failure: WorkflowFailedError) => failure.cause,
  );
  return error;
}

describe('batchExport', () => {
  it('goes from the count to the file, tells people and everybody who looks, and expires', async ({
    batch,
    start,
    world,
  }) => {
    batch.delayMs = 400;
    const handle = await start('whole', { keepHours: 3 * SECOND, request: mailed });
    await untilStatus(handle, 'PROCESSING');
    await untilStatus(handle, 'COMPLETED');
    const state = await handle.query(messages.batchExportState);
    const key = keyOf(state.job);
    expect(state).toMatchObject({ plan: { rows: FAKE_ROWS }, file: { key, rows: FAKE_ROWS } });
    expect(batch.files.has(key)).toBe(true);
    const { memo, typedSearchAttributes } = await handle.describe();
    expect(memo).toMatchObject({ status: 'COMPLETED', key, rows: FAKE_ROWS, plannedRows: FAKE_ROWS, format: 'csv' });
    expect(memo).toMatchObject({ createdBy: 'ada@example.com', expiresAt: state.expiresAt });
    expect(typedSearchAttributes.get(exportStatus)).toBe('COMPLETED');
    expect(typedSearchAttributes.get(exportProject)).toBe(world.projectId);

    const ended = await handle.result();
    expect(ended).toMatchObject({ status: 'EXPIRED', file: { key } });
    expect(batch.files.size).toBe(0);
    expect(batch.recorded.map(({ status }) => status)).toEqual(['COMPLETED', 'EXPIRED']);
    expect(batch.mails).toMatchObject([{ to: mailed.notify, outcome: { kind: 'ready', expiresAt: state.expiresAt } }]);
    await recordHistory('batch-export', handle);
  });

  it('fails red with its reason; it is recorded and mailed, and nothing is left', async ({ batch, start }) => {
    batch.failWrite = () => 'DestinationDenied';
    const handle = await start('failing', { request: mailed });
    expect(await failureOf(handle)).toMatchObject({
      type: 'DestinationDenied',
      message: 'fake DestinationDenied none',
    });
    const failure = { type: 'DestinationDenied', message: 'fake DestinationDenied' };
    expect(batch.recorded).toMatchObject([{ status: 'FAILED', failure }]);
    expect(batch.mails).toMatchObject([{ outcome: { kind: 'failed', failure } }]);
    expect((await handle.describe()).memo).toMatchObject({ status: 'FAILED', failure });
    await recordHistory('batch-export-failed', handle);
  });

  it('is no worse for a mail server that fails, nor for a ledger that does', async ({ batch, start }) => {
    batch.failMail = () => true;
    batch.failRecord = () => 'SourceDenied';
    const handle = await start('unmailed', { keepHours: 3 * SECOND, request: mailed });
    expect(await handle.result()).toMatchObject({ status: 'EXPIRED' });
    expect(batch.files.size).toBe(0);
    expect(batch.recorded).toEqual([]);
  });

  it('mails nobody when nobody asked', async ({ batch, start }) => {
    await (await start('quiet', { keepHours: SECOND })).result();
    expect(batch.mails).toEqual([]);
  });

  it('cancelled half way, stops the writer, leaves nothing and says CANCELLED within ten seconds', async ({
    batch,
    start,
  }) => {
    Object.assign(batch, { delayMs: 1_000, holdAt: 0.5 });
    const handle = await start('cancelled', { request: mailed });
    await eventually(() => expect(batch.writing).toBe(1));
    const asked = Date.now();
    await handle.cancel();
    expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(batch.writing).toBe(0);
    expect(batch.files.size).toBe(0);
    expect(batch.recorded).toMatchObject([{ status: 'CANCELLED' }]);
    expect(batch.mails).toEqual([]);
    const description = await handle.describe();
    expect(description.memo).toMatchObject({ status: 'CANCELLED' });
    expect(description.status.name).toBe('CANCELLED');
    await recordHistory('batch-export-cancelled', handle);
  });

  it('cancelled while the rows are counted, ends CANCELLED with nothing begun', async ({ batch, start }) => {
    batch.holdPlan = true;
    const handle = await start('uncounted');
    await untilStatus(handle, 'QUEUED');
    await eventually(async () =>
      expect((await handle.describe()).raw.pendingActivities).toMatchObject([{ attempt: 1 }]),
    );
    await handle.cancel();
    expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
    expect(batch.written).toEqual([]);
    expect(batch.recorded).toMatchObject([{ status: 'CANCELLED' }]);
  });

  it('cancelled when its file is there, removes it and is EXPIRED', async ({ batch, start }) => {
    const handle = await start('late');
    await untilStatus(handle, 'COMPLETED');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'EXPIRED' });
    expect(batch.files.size).toBe(0);
  });

  it('removes the file when asked, once there is one', async ({ batch, start }) => {
    Object.assign(batch, { delayMs: 1_000, holdAt: 0.5 });
    const handle = await start('removed');
    await untilStatus(handle, 'PROCESSING');
    const early = handle.executeUpdate(messages.removeFile, { args: [{ actor: 'ada' }] });
    await expect(early).rejects.toThrow(WorkflowUpdateFailedError);
    batch.holdAt = undefined;
    await untilStatus(handle, 'COMPLETED');
    await handle.executeUpdate(messages.removeFile, { args: [{ actor: 'ada' }] });
    expect(batch.files.size).toBe(0);
    expect(await handle.result()).toMatchObject({ status: 'EXPIRED' });
    await recordHistory('batch-export-removed', handle);
  });

  it('ends red and EXPIRED when its file cannot be removed', async ({ batch, start }) => {
    batch.failRemoval = () => 'DestinationDenied';
    const handle = await start('stuck', { keepHours: SECOND });
    expect(await failureOf(handle)).toMatchObject({ type: 'DestinationDenied' });
    expect((await handle.describe()).memo).toMatchObject({
      status: 'EXPIRED',
      failure: { message: expect.stringContaining('could not be removed') },
    });
  });

  it('started twice is one run; after a failure and after the end it starts anew under the same id', async ({
    batch,
    start,
  }) => {
    batch.failWrite = () => 'SourceDenied';
    batch.delayMs = 500;
    const [first, second] = await Promise.all([start('again'), start('again')]);
    await failureOf(first);
    await failureOf(second);
    expect(batch.written).toHaveLength(1);
    batch.failWrite = () => undefined;
    expect(await (await start('again', { keepHours: SECOND })).result()).toMatchObject({ status: 'EXPIRED' });
    expect(await (await start('again', { keepHours: SECOND })).result()).toMatchObject({ status: 'EXPIRED' });
    expect(batch.written).toHaveLength(3);
  });

  it.extend('cache', 0)('is deterministic when every step replays it', async ({ batch, start }) => {
    batch.delayMs = 300;
    const handle = await start('replayed', { keepHours: 2 * SECOND, request: mailed });
    expect(await handle.result()).toMatchObject({ status: 'EXPIRED' });
  });
});
