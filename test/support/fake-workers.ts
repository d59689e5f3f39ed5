import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { streamingQueue } from '../../shared/activities.ts';
import type { World } from './world.ts';

export interface FakeWorkersOptions {
  /** The class of streaming work beside the main queue. */
  work: Parameters<typeof streamingQueue>[1];
  /** Default: a queue of its own, because workflows of earlier tests must not meet these activities. */
  taskQueue?: string | undefined;
  /** Workflows kept in memory. 0 replays the history at every step, which finds non-determinism. Default 200. */
  cache?: number | undefined;
}

/** Workers for workflows, small activities and one class of streaming work, over fake activities. */
export async function startFakeWorkers(
  world: World,
  activities: object,
  {
    work,
    taskQueue = `${world.temporal.taskQueue}-${randomBytes(3).toString('hex')}`,
    cache = 200,
  }: FakeWorkersOptions,
): Promise<{ taskQueue: string; stop(): Promise<void> }> {
  const shared = {
    connection: await world.temporal.nativeConnection(),
    namespace: world.temporal.namespace,
    activities: { ...activities },
    maxHeartbeatThrottleInterval: 100,
    defaultHeartbeatThrottleInterval: 100,
  };
  const main = await Worker.create({
    ...shared,
    taskQueue,
    workflowBundle: world.workflowBundle(),
    maxCachedWorkflows: cache,
  });
  const streams = await Worker.create({ ...shared, taskQueue: streamingQueue(taskQueue, work) });
  const running = [main.run(), streams.run()];
  return {
    taskQueue,
    async stop() {
      main.shutdown();
      streams.shutdown();
      await Promise.all(running);
    },
  };
}
