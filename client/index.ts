/** The library for web apps: everything that can be done with exports, over a Temporal connection alone. */
import { Client, type ConnectionLike } from '@temporalio/client';
import { MAIN_QUEUE } from '../shared/activities.ts';
import type { DownloadStorageResult } from '../shared/download-storage.ts';
import { createSealer, SealError, type Sealer } from '../shared/sealed.ts';
import { type BatchExports, createBatchExports } from './batch-exports.ts';
import { type Context, DEFAULT_TIMEOUTS, type Timeouts } from './context.ts';
import { InvalidConfig } from './errors.ts';
import { createIntegrations, type Integrations } from './integrations.ts';

export type { ProbeStep } from '../shared/activities.ts';
export type { BatchExportInput, BatchExportRequest, BatchExportStatus } from '../shared/batch-export.ts';
export type { IntegrationConfig, IntegrationInput } from '../shared/config/integration.ts';
export { type DownloadStorage, type DownloadStorageResult, readDownloadStorage } from '../shared/download-storage.ts';
export type { Status } from '../shared/integration-state.ts';
export type { HoleView, IntegrationView, TrackView } from '../shared/integration-view.ts';
export type { ConfigureResult, QueuedResult, SyncResult } from '../workflows/messages.ts';
export type * from './batch-exports/types.ts';
export type { BatchExports } from './batch-exports.ts';
export type { Timeouts } from './context.ts';
export * from './errors.ts';
export type * from './integrations/types.ts';
export type { Integrations } from './integrations.ts';
export type { Instant } from './validate.ts';

export interface ExportsClientOptions {
  /** Stays the caller's: the client never closes it. */
  connection: ConnectionLike;
  /** Temporal namespace. Default `default`. */
  namespace?: string | undefined;
  /** 64 hexadecimal characters, the same as the workers' ENCRYPTION_KEY (`openssl rand -hex 32`): secrets are sealed with it. */
  encryptionKey: string | undefined;
  /** Keys used before, separated by commas (ENCRYPTION_KEYS_PREVIOUS). */
  encryptionKeysPrevious?: string | undefined;
  /** Where the workers poll. Default `exports`. */
  taskQueue?: string | undefined;
  /** Where the files of batch exports are: `readDownloadStorage(process.env)`. Without it no batch export can be made. */
  downloads?: DownloadStorageResult | undefined;
  /** Milliseconds; see `Timeouts` for the defaults. */
  timeouts?: Partial<Timeouts> | undefined;
}

export { destinationNotes, sourceNotes } from '../shared/config/notes.ts';

export interface ExportsClient {
  readonly integrations: Integrations;
  readonly batchExports: BatchExports;
}

/**
 * Makes the client. It opens nothing and starts nothing: a bad connection shows at the first call (`Unavailable`).
 *
 * ```ts
 * import { Connection } from '@temporalio/client';
 * import { createExportsClient, InvalidConfig } from './client/index.ts';
 *
 * const connection = await Connection.connect({ address: '127.0.0.1:7233' });
 * const exports = createExportsClient({ connection, encryptionKey: process.env.ENCRYPTION_KEY });
 *
 * try {
 *   const { integrationId, workerRunning } = await exports.integrations.create({
 *     projectId: 'my-project',
 *     actor: 'ada@example.com',
 *     config: {
 *       name: 'Hourly copy',
 *       frequency: 'hourly',
 *       destination: {
 *         kind: 's3',
 *         provider: 'aws',
 *         bucket: 'my-bucket',
 *         prefix: 'events/',
 *         credentials: { kind: 'static', accessKeyId: 'AKIA…', secretAccessKey: '…' },
 *       },
 *     },
 *   });
 *   console.log(workerRunning ? 'Exporting' : 'Saved, no worker is running');
 *   console.log(await exports.integrations.get({ projectId: 'my-project', integrationId }));
 * } catch (error) {
 *   if (!(error instanceof InvalidConfig)) throw error;
 *   for (const { path, message } of error.issues) console.error(`${path}: ${message}`);
 * }
 * ```
 *
 * @throws InvalidConfig when an encryption key is malformed; the message never holds the key.
 */
export function createExportsClient(options: ExportsClientOptions): ExportsClient {
  const { connection, namespace = 'default', taskQueue = MAIN_QUEUE, downloads = NO_DOWNLOADS, timeouts } = options;
  const context: Context = {
    client: new Client({ connection, namespace }),
    namespace,
    taskQueue,
    sealer: sealerOf(options),
    downloads,
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
  };
  return { integrations: createIntegrations(context), batchExports: createBatchExports(context) };
}

const NO_DOWNLOADS: DownloadStorageResult = {
  problem:
    'This client does not know LANGFUSE_S3_BATCH_EXPORT_BUCKET: give `downloads: readDownloadStorage(process.env)` to createExportsClient.',
};

function sealerOf({ encryptionKey, encryptionKeysPrevious }: ExportsClientOptions): Sealer {
  try {
    return createSealer(encryptionKey, encryptionKeysPrevious);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new InvalidConfig([{ path: 'encryptionKey', message: error.message }]);
  }
}
