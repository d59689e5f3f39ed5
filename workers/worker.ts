import { fileURLToPath } from 'node:url';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { exportFailures } from '../activities/interceptor.ts';
import { type Activities, streamingQueue } from '../shared/activities.ts';
import type { BatchExportActivities } from '../shared/batch-export.ts';
import type { WorkerConfig } from './config.ts';

export interface WorkerDependencies {
  connection: NativeConnection;
  activities: Activities & BatchExportActivities;
}

/** The workers of one process, started and stopped together. */
export interface ExportWorkers {
  /** Resolves once all have stopped after `shutdown()`. When one fails, the others are stopped and it rejects. */
  run(): Promise<void>;
  /** Takes no new work; running activities have `shutdownGraceTime`. May be called any number of times. */
  shutdown(): void;
  /** True while every worker takes work. */
  isRunning(): boolean;
}

/** Small activities at once; each is a query or a few requests. */
const SMALL_ACTIVITIES = 40;

/**
 * One worker per enabled task queue: the main one with the workflows and the small activities, and one streaming queue per class of
 * work with few places, because each stream holds its upload's buffers.
 */
export async function createWorkers(
  config: Pick<WorkerConfig, 'temporal' | 'queues' | 'workflowBundle' | 'versioning'>,
  { connection, activities }: WorkerDependencies,
): Promise<ExportWorkers> {
  const { exportPart, exportSmallPeriod, writeBatchExport, replayRejected, ...small } = activities;
  const events = { exportPart, exportSmallPeriod, replayRejected };
  const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'interceptors' | 'workerDeploymentOptions'> = {
    connection,
    namespace: config.temporal.namespace,
    interceptors: { activity: [exportFailures] },
    ...versioningOf(config),
  };
  const wanted: WorkerOptions[] = [];
  if (config.queues.main) {
    wanted.push({
      ...shared,
      taskQueue: config.queues.name,
      activities: small,
      maxConcurrentActivityTaskExecutions: SMALL_ACTIVITIES,
      // Some count for minutes; cancellations come with the answers to heartbeats.
      maxHeartbeatThrottleInterval: '5 seconds',
      shutdownGraceTime: '30 seconds',
      shutdownForceTime: '2 minutes',
      ...workflowsOf(config),
    });
  }
  const streams = [
    { enabled: config.queues.objectStore, work: 'blob', activities: { exportPart, exportSmallPeriod } },
    { enabled: config.queues.posthog, work: 'posthog', activities: events },
    { enabled: config.queues.mixpanel, work: 'mixpanel', activities: events },
    { enabled: config.queues.batch, work: 'batch', activities: { writeBatchExport } },
  ] as const;
  for (const { work, activities } of streams.filter(({ enabled }) => enabled)) {
    wanted.push({
      ...shared,
      taskQueue: streamingQueue(config.queues.name, work),
      activities,
      maxConcurrentActivityTaskExecutions: config.queues.concurrentStreams,
      // The default of a minute would hold back the id of an upload by as much; `withHeartbeats` itself keeps beats rare.
      maxHeartbeatThrottleInterval: '500 milliseconds',
      shutdownGraceTime: '30 seconds',
      shutdownForceTime: '2 minutes',
    });
  }
  const workers = await Promise.all(wanted.map((options) => Worker.create(options)));
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    shutdown,
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    async run() {
      const runs = workers.map((worker) => worker.run());
      try {
        await Promise.all(runs);
      } finally {
        shutdown();
        await Promise.allSettled(runs);
      }
    },
  };
}

function workflowsOf({ workflowBundle }: Pick<WorkerConfig, 'workflowBundle'>) {
  return workflowBundle === undefined
    ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath: workflowBundle } };
}

/** Running workflows stay with the build they began on and move to a newer one when they continue as new. */
function versioningOf({ versioning }: Pick<WorkerConfig, 'versioning'>) {
  if (versioning === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: versioning,
      useWorkerVersioning: true as const,
      defaultVersioningBehavior: 'PINNED' as const,
    },
  };
}
