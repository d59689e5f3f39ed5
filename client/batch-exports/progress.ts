import type { WorkflowExecutionDescription } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { streamingQueue } from '../../shared/activities.ts';
import { contentOf } from '../stored.ts';
import type { BatchExportProgressView } from './types.ts';

type Raw = WorkflowExecutionDescription['raw'];
type Pending = NonNullable<Raw['pendingActivities']>[number];

const { PendingActivityState, PendingWorkflowTaskState } = proto.temporal.api.enums.v1;
const WAITING = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;
/** A free worker takes a task within milliseconds; after so many, people should know what is waited for. */
const PATIENCE = 5_000;

/** What a streaming attempt heartbeats, as far as people see it. */
const beatSchema = z.object({ rows: z.number(), bytes: z.number(), slice: z.number(), slices: z.number() });

/**
 * How far the file is, by the last heartbeat of the present attempt.
 * @param plannedRows from the plan
 * @param now epoch ms
 */
export function progressOf(
  raw: Raw,
  plannedRows: number | undefined,
  now: number,
): BatchExportProgressView | undefined {
  const writing = pendingOf(raw, 'writeBatchExport');
  if (writing === undefined) return undefined;
  const begun = optionalTsToMs(writing.lastStartedTime);
  const beaten = optionalTsToMs(writing.lastHeartbeatTime);
  // Details of an attempt that died stay until the next one tells its own.
  if (begun === undefined || beaten === undefined || beaten < begun) return undefined;
  const beat = beatSchema.safeParse(contentOf(writing.heartbeatDetails?.payloads?.[0]));
  if (!beat.success) return undefined;
  const { rows } = beat.data;
  const progress: BatchExportProgressView = beat.data;
  if (plannedRows === undefined || plannedRows === 0) return progress;
  progress.percent = Math.min(100, Math.floor((100 * rows) / plannedRows));
  if (rows > 0) {
    const left = (Math.max(0, plannedRows - rows) * (beaten - begun)) / rows - (now - beaten);
    progress.etaSeconds = Math.max(0, Math.ceil(left / 1000));
  }
  return progress;
}

/** Why an export does not get on, for people; undefined while all is well. @param now epoch ms */
export function noticeOf(raw: Raw, taskQueue: string, now: number): string | undefined {
  const since = (time: Parameters<typeof optionalTsToMs>[0]) => now - (optionalTsToMs(time) ?? now);
  const task = raw.pendingWorkflowTask;
  const untaken = task?.state === PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
  if (untaken && since(task.scheduledTime) > PATIENCE) return noWorker(taskQueue);
  for (const activity of raw.pendingActivities ?? []) {
    if ((activity.attempt ?? 0) > 1) {
      const reason = activity.lastFailure?.message ?? 'unknown reason';
      return `Attempt ${activity.attempt} of ${activity.maximumAttempts}; the one before failed: ${reason}`;
    }
    if (activity.state !== WAITING || since(activity.scheduledTime) <= PATIENCE) continue;
    const writing = activity.activityType?.name === 'writeBatchExport';
    return noWorker(writing ? streamingQueue(taskQueue, 'batch') : taskQueue);
  }
  return undefined;
}

function noWorker(taskQueue: string): string {
  return `It waits for a free worker on task queue "${taskQueue}": start one, or wait until those that run have room.`;
}

function pendingOf(raw: Raw, type: string): Pending | undefined {
  return raw.pendingActivities?.find(({ activityType }) => activityType?.name === type);
}
