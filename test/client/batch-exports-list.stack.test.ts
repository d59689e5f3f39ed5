import { expect } from 'vitest';
import { queryOf } from '../../client/batch-exports/list.ts';
import { InvalidConfig } from '../../client/index.ts';
import { batchExportTest as test } from './batch-exports-test.ts';
import { actor, eventually, rejection } from './client-world.ts';

test('a page tells what each export is, newest first, by status too; a retried one stands there once', async ({
  exports,
  projectId,
  batch,
  reach,
}) => {
  const first = await reach('first', 'COMPLETED', { name: 'First' });
  batch.failWrite = () => 'DestinationDenied';
  const failed = await reach('second', 'FAILED');
  await exports.retry(failed);
  await eventually(
    () => exports.get(failed),
    (now) => now.runId !== failed.runId && now.status === 'FAILED',
  );
  await reach('third', 'FAILED');
  const list = (status?: 'FAILED' | 'COMPLETED' | 'EXPIRED') => exports.list({ projectId, status });
  const ids = async (status?: 'FAILED' | 'COMPLETED' | 'EXPIRED') =>
    (await list(status)).batchExports.map(({ exportId }) => exportId);
  expect(
    await eventually(
      () => ids('FAILED'),
      (found) => found.length === 2,
    ),
  ).toEqual(['third', 'second']);
  expect(await ids()).toEqual(['third', 'second', 'first']);
  expect(await ids('COMPLETED')).toEqual(['first']);
  expect(await ids('EXPIRED')).toEqual([]);
  const { batchExports } = await list('COMPLETED');
  expect(batchExports).toMatchObject([{ name: 'First', rows: 1_000, createdBy: actor, runId: first.runId }]);
  expect((await exports.list({ projectId: `${projectId}-2` })).batchExports).toEqual([]);
});

test('pages follow each other, and a token belongs to its list', async ({ exports, projectId }) => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const exportId of names) await exports.create({ projectId, exportId, actor, request: {} });
  await eventually(
    () => exports.list({ projectId }),
    (page) => page.batchExports.length === names.length,
  );
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await exports.list({ projectId, pageSize: 2, pageToken });
    found.push(...page.batchExports.map(({ exportId }) => exportId));
    if (page.nextPageToken !== undefined) {
      const { nextPageToken } = page;
      for (const other of [
        exports.list({ projectId, status: 'QUEUED', pageToken: nextPageToken }),
        exports.list({ projectId: 'other', pageToken: nextPageToken }),
        exports.list({ projectId, pageToken: 'made up' }),
      ]) {
        expect(await rejection(other)).toMatchObject({ issues: [{ path: 'pageToken' }] });
      }
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  expect(found).toEqual(names.toReversed());
});

test('numbers out of range and ids that break out of the query are refused', async ({ exports, projectId }) => {
  const wrong = [
    exports.list({ projectId, pageSize: 201 }),
    exports.list({ projectId, pageSize: 0 }),
    exports.list({ projectId: "x' OR WorkflowId != '" }),
  ];
  for (const error of await Promise.all(wrong.map(rejection))) expect(error).toBeInstanceOf(InvalidConfig);
  expect(queryOf({ projectId: 'p', status: 'FAILED' })).toBe(
    "WorkflowType = 'batchExport' AND ExportProject = 'p' AND ExportStatus = 'FAILED'",
  );
});

test('without a worker an export is made and listed, and says what it waits for', async ({
  client,
  projectId,
  taskQueue,
}) => {
  const exports = client({ timeouts: { close: 500 } }).batchExports;
  const id = { projectId, exportId: 'waiting', actor };
  expect(await exports.create({ ...id, request: { format: 'parquet' } })).toMatchObject({ created: true });
  expect(await exports.get(id)).toMatchObject({ status: 'QUEUED', format: 'parquet', request: { format: 'parquet' } });
  const waiting = await eventually(
    () => exports.get(id),
    ({ notice }) => notice !== undefined,
    15_000,
  );
  expect(waiting.notice).toContain(`"${taskQueue}"`);
  expect(await rejection(exports.retry(id))).toMatchObject({ message: expect.stringContaining('is QUEUED') });
  expect(await rejection(exports.downloadUrl(id))).toMatchObject({ message: expect.stringContaining('it is QUEUED') });
  const cancelled = await exports.cancel(id);
  expect(cancelled).toMatchObject({ cancelled: false, notice: expect.stringContaining(taskQueue) });
  expect(await exports.get(id)).toMatchObject({ status: 'QUEUED', cancelling: true });
  expect(await exports.delete(id)).toMatchObject({ deleted: false });
});

test('one that was cancelled before any worker came ends CANCELLED when one comes', async ({
  client,
  exports,
  projectId,
  world,
  batch,
  taskQueue,
  onTestFinished,
}) => {
  const { startBatchExportWorkers } = await import('../support/fake-batch-exports.ts');
  const id = { projectId, exportId: 'early', actor };
  await exports.create({ ...id, request: {} });
  await client({ timeouts: { close: 200 } }).batchExports.cancel(id);
  const workers = await startBatchExportWorkers(world, batch, { taskQueue });
  onTestFinished(() => workers.stop());
  await eventually(
    () => exports.get(id),
    ({ status }) => status === 'CANCELLED',
  );
  expect(await exports.cancel(id)).toEqual({ cancelled: true });
  expect(batch.written).toEqual([]);
});
