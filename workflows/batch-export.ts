import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { BatchExportFile, BatchExportState } from '../shared/batch-export.ts';
import { HOUR, iso } from '../shared/period.ts';
import { priorityOf, small, streamingBatch } from './activity-options.ts';
import { mail, record, removeFile, tryToRemoveFile } from './batch-export/endings.ts';
import { registerHandlers } from './batch-export/handlers.ts';
import { show, summaryOf } from './batch-export/visible.ts';
import { type FailureDetails, failureOf, toApplicationFailure } from './failure-of.ts';
import type { BatchExportInput } from './messages.ts';

/** Tries of the count and of the file; 8 are about 10 minutes and the work itself. */
const ATTEMPTS = 8;

/**
 * One file of the rows that a table shows, from the click until the file expires.
 *
 *   QUEUED     → PROCESSING   the rows are counted; the file is being written, or waits for a free worker
 *   PROCESSING → COMPLETED    the file is whole: recorded, people are told, it can be downloaded
 *   COMPLETED  → EXPIRED      `keepHours` are over, or somebody removes the file or cancels: the file is removed; the end
 *   QUEUED, PROCESSING → FAILED     after all attempts: recorded, people are told; the workflow fails, red in the Temporal UI
 *   QUEUED, PROCESSING → CANCELLED  cancelled: what was running has stopped, nothing is left in the bucket; recorded
 *
 * It guarantees: there is a file only while COMPLETED (a removal that fails for good ends EXPIRED and red, with the reason); nothing runs
 * on once it has ended; neither mail nor ledger can fail it. A retry is a new run under the same id.
 */
export async function batchExport({ job, keepHours }: BatchExportInput): Promise<BatchExportState> {
  const root = CancellationScope.current();
  const priority = priorityOf(job.projectId, 1);
  const state: BatchExportState = { job, status: 'QUEUED' };
  const wish = registerHandlers(state);
  let begun = false;

  const written = async (): Promise<BatchExportFile> => {
    const counting = small({ attempts: ATTEMPTS, priority, startToClose: '1 hour', heartbeat: '30 seconds' });
    const plan = await counting.planBatchExport({ job });
    Object.assign(state, { plan, status: 'PROCESSING' });
    show(state);
    const { writeBatchExport } = streamingBatch({ attempts: ATTEMPTS, priority, summary: summaryOf(state) });
    begun = true;
    const file = await writeBatchExport({ job });
    // The activity may have ended just before the cancellation reached it.
    if (root.consideredCancelled) throw new CancelledFailure('Cancelled just when the file was whole');
    return file;
  };

  const giveUp = async (failure: FailureDetails | undefined): Promise<void> => {
    if (failure === undefined) {
      if (begun) await tryToRemoveFile(job);
      state.status = 'CANCELLED';
      show(state);
      await record(state);
      return;
    }
    const { type, message, remedy } = failure;
    Object.assign(state, { status: 'FAILED', failure: { type, message, remedy } });
    show(state);
    // An attempt whose answer was lost may have left a whole file.
    await Promise.all([
      record(state),
      mail(job, { kind: 'failed', failure }),
      begun ? tryToRemoveFile(job) : undefined,
    ]);
  };

  const announce = async (file: BatchExportFile, expiresAt: string): Promise<void> => {
    Object.assign(state, { status: 'COMPLETED', file, expiresAt });
    show(state);
    await record(state);
    await mail(job, { kind: 'ready', file, expiresAt });
  };

  const expire = async (): Promise<void> => {
    const failure = await removeFile(job);
    state.status = 'EXPIRED';
    if (failure !== undefined) state.failure = failure;
    show(state);
    await record(state);
    await condition(allHandlersFinished);
    if (failure !== undefined) throw toApplicationFailure(failure);
  };

  show(state);
  let file: BatchExportFile;
  try {
    file = await written();
  } catch (error) {
    const failure = isCancellation(error) ? undefined : failureOf(error, 'then retry the export');
    await CancellationScope.nonCancellable(() => giveUp(failure));
    throw failure === undefined ? error : toApplicationFailure(failure);
  }
  const expires = Date.now() + keepHours * HOUR;
  await CancellationScope.nonCancellable(() => announce(file, iso(expires)));
  try {
    await condition(() => wish.remove, Math.max(1, expires - Date.now()));
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  await CancellationScope.nonCancellable(expire);
  return state;
}
