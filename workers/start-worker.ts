import type { Logger, MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { WorkerConfig } from './config.ts';
import { connectTemporal } from './connection.ts';
import { openDependencies } from './dependencies.ts';
import { startHealthServer } from './health.ts';
import { registerSearchAttributes } from './register-search-attributes.ts';
import { createWorkers, type ExportWorkers } from './worker.ts';

export interface StartedWorker {
  /** Port of `/live` and `/ready`, when there is one. */
  healthPort: number | undefined;
  /** Resolves when the worker has stopped and everything is closed; rejects when it failed. */
  stopped: Promise<void>;
  /** Not ready from now on; running activities get half a minute, then they are cancelled and tried again elsewhere. */
  shutdown(): void;
}

/**
 * Starts the worker of this process: exports database, search attributes, task queues, health. Readiness waits for all of it.
 * @throws what is wrong, with a message for the operator; nothing is left open then
 */
export async function startWorker(config: WorkerConfig, logger: Logger, meter: MetricMeter): Promise<StartedWorker> {
  const { ports } = config;
  let workers: ExportWorkers | undefined;
  let stopping = false;
  const cleanUps: Array<() => Promise<void>> = [];
  const closeAll = async () => {
    for (const close of cleanUps.reverse()) await close();
  };

  try {
    let healthPort: number | undefined;
    if (ports.health !== undefined) {
      const isReady = () => !stopping && workers?.isRunning() === true;
      const health = await startHealthServer({ port: ports.health, bindAddress: ports.bindAddress }, isReady);
      healthPort = health.port;
      cleanUps.push(health.close);
    }
    const connection: NativeConnection = await connectTemporal(config.temporal);
    cleanUps.push(() => connection.close());
    const { dependencies, migrated, close } = await openDependencies(config, meter);
    cleanUps.push(close);
    if (migrated.length > 0) logger.info('Created tables', { database: config.clickhouse.exportsDatabase, migrated });
    if (config.queues.main) await registerSearchAttributes(connection, config.temporal.namespace);

    const created = await createWorkers(config, { connection, activities: createActivities(dependencies) });
    workers = created;
    return {
      healthPort,
      stopped: created.run().finally(closeAll),
      shutdown() {
        stopping = true;
        created.shutdown();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
