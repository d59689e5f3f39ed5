/** How activities are called: one place for time-outs, retries, queues and cancellation. */
import type { Priority } from '@temporalio/common';
import { ActivityCancellationType, type ActivityOptions, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { type Activities, type StreamingWork, streamingQueue } from '../shared/activities.ts';
import type { BatchExportActivities } from '../shared/batch-export.ts';

/** Priorities: 1 batch exports, 3 live, 4 backfill. The fairness key keeps one big project from starving the others. */
export function priorityOf(projectId: string, priorityKey: number): Priority {
  return { priorityKey, fairnessKey: projectId };
}

// Without it the workflow closes while the activity runs on for up to a heartbeat timeout.
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Streams rows: long, heartbeating, on a queue of its own so that a slow destination starves nobody else. */
export function streaming(options: {
  work: StreamingWork;
  attempts: number;
  priority: Priority;
}): Pick<Activities, 'exportPart' | 'exportSmallPeriod' | 'replayRejected'> {
  return proxyActivities<Activities>({ ...streamingOptions(options.work, options), startToCloseTimeout: '6 hours' });
}

/** Writes the whole file of a batch export; as `streaming`. @param options.summary what the Temporal UI shows beside it */
export function streamingBatch(options: {
  attempts: number;
  priority: Priority;
  summary: string;
}): Pick<BatchExportActivities, 'writeBatchExport'> {
  const { summary } = options;
  return proxyActivities<BatchExportActivities>({
    ...streamingOptions('batch', options),
    startToCloseTimeout: '24 hours',
    summary,
  });
}

function streamingOptions(
  work: StreamingWork,
  { attempts, priority }: { attempts: number; priority: Priority },
): ActivityOptions {
  return {
    taskQueue: streamingQueue(workflowInfo().taskQueue, work),
    heartbeatTimeout: '30 seconds',
    cancellationType,
    priority,
    retry: {
      initialInterval: '5 seconds',
      backoffCoefficient: 2,
      maximumInterval: '5 minutes',
      maximumAttempts: attempts,
    },
  };
}

/** Short work next to the workflow. @param options.heartbeat for work that may take minutes and heartbeats */
export function small(options: {
  attempts: number;
  priority?: Priority;
  startToClose?: ActivityOptions['startToCloseTimeout'];
  heartbeat?: ActivityOptions['heartbeatTimeout'];
}): Activities & Omit<BatchExportActivities, 'writeBatchExport'> {
  return proxyActivities<Activities & BatchExportActivities>({
    startToCloseTimeout: options.startToClose ?? '1 minute',
    cancellationType,
    // An eager task that reaches a worker while it stops would be lost until its time limit.
    allowEagerDispatch: false,
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.heartbeat === undefined ? {} : { heartbeatTimeout: options.heartbeat }),
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '30 seconds',
      maximumAttempts: options.attempts,
    },
  });
}
