import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { MetricMeter } from '@temporalio/common';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import { openObjectStore } from '../activities/destinations/index.ts';
import { killQuery } from '../activities/kill-query.ts';
import { createExportMetrics } from '../activities/metrics.ts';
import { openRecordsDatabase } from '../activities/records/database.ts';
import { readInstallationId } from '../activities/records/installation.ts';
import { migrate } from '../activities/records/migrate.ts';
import { createClickHouseSource } from '../activities/source/clickhouse-source.ts';
import { tallyStream } from '../activities/source/tally-stream.ts';
import { createStorePool } from '../activities/store-pool.ts';
import { createSealer } from '../shared/sealed.ts';
import type { WorkerConfig } from './config.ts';

export interface OpenDependencies {
  dependencies: ActivityDependencies;
  /** Names of the migration steps that were applied at this start. */
  migrated: string[];
  close(): Promise<void>;
}

type Config = Pick<WorkerConfig, 'clickhouse' | 'encryption' | 'destinations' | 'installationId'>;

/**
 * Makes what activities need from the worker's configuration; brings the exports database up to date first.
 * @throws MigrationError with the GRANT that is missing, ExportError when ClickHouse is out of reach
 */
export async function openDependencies(config: Config, meter: MetricMeter): Promise<OpenDependencies> {
  const { url, user, password, database, eventsTable, eventsCoreTable, exportsDatabase, maxMemoryUsage } =
    config.clickhouse;
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
      tables: { events: { full: eventsTable, core: eventsCoreTable } },
      exportsDatabase,
      maxMemoryBytes: maxMemoryUsage,
    });
    const stores = createStorePool(({ projectId, integrationId, config: { destination } }) =>
      openObjectStore(destination, { sealer, projectId, integrationId, policy: config.destinations }),
    );
    const dependencies: ActivityDependencies = {
      source,
      tallyStream,
      openStore: stores.openStore,
      killQuery: (queryId) => killQuery(client, queryId),
      records,
      sealer,
      installationId,
      metrics: createExportMetrics(meter),
      clock: Date.now,
    };
    return {
      dependencies,
      migrated,
      async close() {
        stores.close();
        await Promise.all([source.close(), client.close()]);
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
