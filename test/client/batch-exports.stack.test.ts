import { expect, vi } from 'vitest';
import { type BatchExportInput, InvalidConfig, NotFound, Refused } from '../../client/index.ts';
import { FAKE_ROWS } from '../support/fake-batch-exports.ts';
import { batchExportTest as test } from './batch-exports-test.ts';
import { actor, eventually, rejection } from './client-world.ts';

const half = { delayMs: 1_000, holdAt: 0.5 };

test('an export shows its progress while it is written, and its file afterwards', async ({
  exports,
  projectId,
  batch,
  workers,
}) => {
  Object.assign(batch, half);
  const request: BatchExportInput = { name: 'Mine', format: 'jsonl' };
  const before = new Date().toISOString();
  const made = await exports.create({ projectId, actor, request });
  expect(made).toMatchObject({ created: true, workflowId: `batch-export/${projectId}/${made.exportId}` });
  const { exportId } = made;
  const halfway = await eventually(
    () => exports.get({ projectId, exportId }),
    ({ progress }) => (progress?.percent ?? 0) >= 50,
  );
  expect(halfway).toMatchObject({ status: 'PROCESSING', name: 'Mine', format: 'jsonl', plannedRows: FAKE_ROWS });
  expect(halfway).toMatchObject({ createdBy: actor, cancelling: false, request: { format: 'jsonl', filters: [] } });
  expect(halfway.progress).toMatchObject({ rows: 500, bytes: 50_000, slice: 1, slices: 2, percent: 50 });
  expect(halfway.progress?.etaSeconds).toBeGreaterThanOrEqual(0);
  expect(halfway.createdAt >= before).toBe(true);
  expect(workers.taskQueue).toBeTruthy();

  batch.holdAt = undefined;
  const whole = await eventually(
    () => exports.get({ projectId, exportId }),
    ({ status }) => status === 'COMPLETED',
  );
  expect(whole).toMatchObject({ rows: FAKE_ROWS, bytes: FAKE_ROWS * 100, sha256: 'ab'.repeat(32) });
  expect(whole.progress).toBeUndefined();
  expect(Date.parse(whole.expiresAt ?? '') - Date.now()).toBeGreaterThan(23 * 3_600_000);
});

test('a double click is one export; an instant after now counts as now', async ({ exports, projectId, workers }) => {
  expect(workers.taskQueue).toBeTruthy();
  const click = { projectId, exportId: 'twice', actor, request: {}, clickedAt: '2100-01-01T00:00:00Z' };
  const made = await Promise.all([exports.create(click), exports.create(click), exports.create(click)]);
  expect(made.filter(({ created }) => created)).toHaveLength(1);
  const { createdAt } = await exports.get({ projectId, exportId: 'twice' });
  expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.now());
});

test('what cannot be used is refused with the path of every fault, and nothing is started', async ({
  exports,
  projectId,
}) => {
  const request: BatchExportInput = { rowLimit: 0, notify: ['nobody'] };
  const error = await rejection(exports.create({ projectId, exportId: 'bad id', actor: ' ', request }));
  if (!(error instanceof InvalidConfig)) throw error;
  expect(error.issues.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['exportId', 'actor', 'rowLimit', 'notify.0']),
  );
  const parquet = await rejection(
    exports.create({ projectId, exportId: 'p', actor, request: { format: 'parquet', compression: 'gzip' } }),
  );
  expect(parquet).toMatchObject({ issues: [{ path: 'compression' }] });
  expect(await rejection(exports.get({ projectId, exportId: 'p' }))).toBeInstanceOf(NotFound);
});

test('without storage it is refused at once, with the variable to set', async ({ client, projectId }) => {
  const problem = 'LANGFUSE_S3_BATCH_EXPORT_BUCKET is not set: name the bucket.';
  const unset = client({ downloads: { problem } }).batchExports;
  const ids = { projectId, exportId: 'placeless', actor };
  for (const call of [unset.create({ ...ids, request: {} }), unset.retry(ids), unset.downloadUrl(ids)]) {
    const error = await rejection(call);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ message: expect.stringContaining(problem) });
  }
});

test("another project's export does not exist", async ({ exports, projectId, reach }) => {
  await reach('mine', 'COMPLETED');
  const foreign = { projectId: `${projectId}-2`, exportId: 'mine', actor };
  const strange = { projectId, exportId: `../${projectId}/mine`, actor };
  for (const id of [foreign, strange]) {
    const calls = [exports.get(id), exports.cancel(id), exports.retry(id), exports.delete(id), exports.downloadUrl(id)];
    for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(NotFound);
  }
});

test('cancel stops an export within ten seconds, and is harmless when repeated', async ({ exports, batch, reach }) => {
  Object.assign(batch, half);
  const id = await reach('stopped', 'PROCESSING');
  const asked = Date.now();
  expect(await exports.cancel(id)).toEqual({ cancelled: true });
  expect(Date.now() - asked).toBeLessThan(10_000);
  expect(batch.writing).toBe(0);
  expect(await exports.get(id)).toMatchObject({ status: 'CANCELLED', cancelling: false });
  expect(await exports.cancel(id)).toEqual({ cancelled: true });
});

test('cancel is refused when there is nothing to cancel', async ({ exports, batch, reach }) => {
  const whole = await reach('whole', 'COMPLETED');
  expect(await rejection(exports.cancel(whole))).toMatchObject({
    code: 'refused',
    message: expect.stringContaining('delete it'),
  });
  batch.failWrite = () => 'ConfigInvalid';
  const failed = await reach('failed', 'FAILED');
  expect(await rejection(exports.cancel(failed))).toMatchObject({ code: 'refused' });
  expect(await rejection(exports.cancel({ ...failed, actor: '' }))).toBeInstanceOf(InvalidConfig);
});

test('retry starts a failed or cancelled export anew: same id and request, rows up to now', async ({
  exports,
  batch,
  reach,
}) => {
  batch.failWrite = () => 'DestinationDenied';
  const failed = await reach('again', 'FAILED', { name: 'Again', rowLimit: 7 });
  expect(failed.failure).toMatchObject({ type: 'DestinationDenied', remedy: 'none' });
  batch.failWrite = () => undefined;
  Object.assign(batch, half);
  expect(await exports.retry({ ...failed, actor: 'bob' })).toMatchObject({ exportId: 'again', created: true });
  const second = await exports.get(failed);
  expect(second).toMatchObject({ name: 'Again', createdBy: 'bob', request: { rowLimit: 7 } });
  expect(second.createdAt > failed.createdAt).toBe(true);
  expect(second.runId).not.toBe(failed.runId);
  expect(await rejection(exports.retry(failed))).toBeInstanceOf(Refused);

  await exports.cancel(failed);
  batch.holdAt = undefined;
  expect(await exports.retry(failed)).toMatchObject({ created: true });
  await eventually(
    () => exports.get(failed),
    ({ status }) => status === 'COMPLETED',
  );
  expect(await rejection(exports.retry(failed))).toMatchObject({ message: expect.stringContaining('is COMPLETED') });
});

test('delete removes the file and every run, and the export is gone', async ({
  exports,
  projectId,
  batch,
  reach,
  world,
}) => {
  batch.failWrite = () => 'DestinationDenied';
  const id = await reach('gone', 'FAILED');
  batch.failWrite = () => undefined;
  await exports.retry(id);
  await eventually(
    () => exports.get(id),
    ({ status }) => status === 'COMPLETED',
  );
  expect(batch.files.size).toBe(1);
  await eventually(
    () => exports.list({ projectId }),
    (page) => page.batchExports.length === 1,
  );
  const deletion = vi.spyOn(world.temporal.connection.workflowService, 'deleteWorkflowExecution');
  expect(await exports.delete(id)).toEqual({ deleted: true });
  expect(deletion).toHaveBeenCalledTimes(2);
  expect(batch.files.size).toBe(0);
  expect(batch.recorded.at(-1)).toMatchObject({ status: 'EXPIRED' });
  expect(await rejection(exports.get(id))).toBeInstanceOf(NotFound);
  expect(await rejection(exports.delete(id))).toBeInstanceOf(NotFound);
  expect(await exports.list({ projectId })).toEqual({ batchExports: [] });
  expect(await exports.create({ projectId, exportId: 'gone', actor, request: {} })).toMatchObject({ created: true });
});

test('delete stops what is running first', async ({ exports, batch, reach }) => {
  Object.assign(batch, half);
  const id = await reach('running', 'PROCESSING');
  expect(await exports.delete(id)).toEqual({ deleted: true });
  expect(batch.writing).toBe(0);
  expect(await rejection(exports.get(id))).toBeInstanceOf(NotFound);
});

test('an export whose file cannot be removed is not forgotten', async ({ exports, batch, reach }) => {
  const id = await reach('stuck', 'COMPLETED');
  batch.failRemoval = () => 'DestinationDenied';
  expect(await rejection(exports.delete(id))).toMatchObject({
    code: 'refused',
    message: expect.stringContaining('could not be removed'),
  });
  expect(await exports.get(id)).toMatchObject({ status: 'EXPIRED', failure: { type: 'DestinationDenied' } });
});

test('one that was terminated from outside says so, and can be retried', async ({ exports, batch, reach, world }) => {
  Object.assign(batch, half);
  const id = await reach('killed', 'PROCESSING');
  await world.temporal.client.workflow.getHandle(id.workflowId).terminate('test');
  expect(await exports.get(id)).toMatchObject({ status: 'FAILED', failure: { type: 'Unexpected' } });
  batch.holdAt = undefined;
  expect(await exports.retry(id)).toMatchObject({ created: true });
});
