import { type BatchExportInput, createExportsClient, type ExportsClient, type Timeouts } from '../../client/index.ts';
import type { DownloadStorageResult } from '../../shared/download-storage.ts';
import { createFakeBatchExports, startBatchExportWorkers } from '../support/fake-batch-exports.ts';
import { workflowTest } from '../support/workflow-test.ts';
import { actor, encryptionKey, eventually } from './client-world.ts';

/** Everything that a test of `batchExports` asks for; what it does not ask for is not made. */
export const batchExportTest = workflowTest
  .extend('batch', createFakeBatchExports)
  /** A queue of the test's own, which nobody polls unless `workers` are asked for. */
  .extend('taskQueue', ({ world, task }) => `${world.temporal.taskQueue}-${task.id}`)
  .extend('storage', ({ world }): DownloadStorageResult => {
    const { url, region, bucket, accessKeyId, secretAccessKey } = world.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const place = { bucket, prefix: '', region, endpoint: url, forcePathStyle: true };
    return { storage: { ...place, credentials, expirationHours: 24 } };
  })
  .extend('client', ({ world, taskQueue, storage }) => {
    return (options: { timeouts?: Partial<Timeouts>; downloads?: DownloadStorageResult } = {}): ExportsClient => {
      const { connection, namespace } = world.temporal;
      return createExportsClient({ connection, namespace, taskQueue, encryptionKey, downloads: storage, ...options });
    };
  })
  .extend('exports', ({ client }) => client().batchExports)
  /** A project of the test's own. */
  .extend('projectId', ({ world, task }) => `${world.projectId}-${task.id.replace(/[^A-Za-z0-9]/g, '-')}`)
  .extend('workers', async ({ world, batch, taskQueue }, { onCleanup }) => {
    const workers = await startBatchExportWorkers(world, batch, { taskQueue });
    onCleanup(() => workers.stop());
    return workers;
  })
  /** Makes an export and waits until it has a status. */
  .extend('reach', ({ exports, projectId, workers }) => {
    return async (exportId: string, status: string, request: BatchExportInput = {}) => {
      await exports.create({ projectId, exportId, actor, request });
      const found = await eventually(
        () => exports.get({ projectId, exportId }),
        (now) => now.status === status,
        30_000,
      );
      return { ...found, projectId, exportId, actor, taskQueue: workers.taskQueue };
    };
  });
