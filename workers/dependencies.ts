import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { log } from '@temporalio/activity';
import type { MetricMeter } from '@temporalio/common';
import type { OptionalDownloads } from '../activities/batch-export/downloads.ts';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import { createDestinationPool } from '../activities/destination-pool.ts';
import { openObjectStore } from '../activities/destinations/index.ts';
import { openOperatorBucket } from '../activities/destinations/operator-bucket.ts';
import { fileDestination } from '../activities/files/file-destination.ts';
import { killQuery } from '../activities/kill-query.ts';
import { openMailer } from '../activities/mail/mailer.ts';
import { createExportMetrics } from '../activities/metrics.ts';
import { openRecordsDatabase } from '../activities/records/database.ts';
import { readInstallationId } from '../activities/records/installation.ts';
import { migrate } from '../activities/records/migrate.ts';
import { openEventSink } from '../activities/sinks/index.ts';
import { createPaceRegistry } from '../activities/sinks/pace-registry.ts';
import { sinkDestination } from '../activities/sinks/sink-destination.ts';
import type { SinkOptions } from '../activities/sinks/sink-options.ts';
import { createClickHouseSource } from '../activities/source/clickhouse-source.ts';
import type { OrderedSource } from '../activities/source/ordered-rows.ts';
import { tallyStream } from '../activities/source/tally-stream.ts';
import type { DownloadStorageResult } from '../shared/download-storage.ts';
import { createSealer } from '../shared/sealed.ts';
import type { WorkerConfig } from './config.ts';

export interface OpenDependencies {
  dependencies: ActivityDependencies;
  /** Names of the migration steps that were applied at this start. */
  migrated: string[];
  close(): Promise<void>;
}

type Config = Pick<WorkerConfig, 'clickhouse' | 'encryption' | 'destinations' | 'installationId'> &
  Partial<Pick<WorkerConfig, 'mail' | 'consoleUrl' | 'downloads'>> & {
    /** Tests also shorten the pauses. */
    sinks?: Partial<WorkerConfig['sinks']> & Pick<SinkOptions, 'sleep' | 'patienceMs' | 'timeoutMs'>;
  };

/**
 * Makes what activities need from the worker's configuration; brings the exports database up to date first.
 * @throws MigrationError with the GRANT that is missing, ExportError when ClickHouse is out of reach
 */
export async function openDependencies(config: Config, meter: MetricMeter): Promise<OpenDependencies> {
  const { url, user, password, database, tables, exportsDatabase, maxMemoryUsage } = config.clickhouse;
  const client = createClient({
    url,
    username: user,
    password,
    application: 'event-exports',
    // By default it prints errors, which quote row values.
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const migrated = await migrate(client, exportsDatabase, user);
    const records = openRecordsDatabase(client, exportsDatabase);
    const installationId = config.installationId ?? (await readInstallationId(records));
    const sealer = createSealer(config.encryption.key, config.encryption.previousKeys);
    const source = createClickHouseSource({
      url,
      user,
      password,
      database,
      tables,
      exportsDatabase,
      maxMemoryBytes: maxMemoryUsage,
    });
    const stores = createDestinationPool(({ projectId, integrationId, config: integration }) =>
      openObjectStore(fileDestination(integration), { sealer, projectId, integrationId, policy: config.destinations }),
    );
    const paces = createPaceRegistry();
    const sinks = createDestinationPool(({ projectId, integrationId, config: integration }) =>
      openEventSink(sinkDestination(integration), {
        ...{ sealer, projectId, integrationId, policy: config.destinations, paces },
        ...config.sinks,
        warn: (message, facts) => log.warn(message, facts),
      }),
    );
    const mailer = config.mail === undefined ? undefined : openMailer(config.mail);
    const downloads = openDownloads(config.downloads ?? { problem: 'no storage was given.' }, source);
    const dependencies: ActivityDependencies = {
      source,
      tallyStream,
      openStore: stores.open,
      openSink: sinks.open,
      killQuery: (queryId) => killQuery(client, queryId),
      records,
      sealer,
      installationId,
      metrics: createExportMetrics(meter),
      clock: Date.now,
      downloads,
      mailer,
      consoleUrl: config.consoleUrl,
    };
    return {
      dependencies,
      migrated,
      async close() {
        stores.close();
        sinks.close();
        mailer?.close();
        if ('store' in downloads) downloads.store.close();
        await Promise.all([source.close(), client.close()]);
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function openDownloads(result: DownloadStorageResult, source: OrderedSource): OptionalDownloads {
  if ('problem' in result) return result;
  const { prefix, rowLimit } = result.storage;
  const store = openOperatorBucket(result.storage);
  return { store, source, prefix, ...(rowLimit === undefined ? {} : { rowLimit }) };
}
