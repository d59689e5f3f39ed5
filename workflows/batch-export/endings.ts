/** What happens around a file once it is written, or will not be: none of it can fail an export. */
import { log, workflowInfo } from '@temporalio/workflow';
import type { BatchExportJob, BatchExportOutcome, BatchExportState } from '../../shared/batch-export.ts';
import type { Failure } from '../../shared/failures.ts';
import { iso } from '../../shared/period.ts';
import { priorityOf, small } from '../activity-options.ts';
import { failureOf } from '../failure-of.ts';

/** Notes the present state in the ledger. Never throws: the memo tells the same for as long as Temporal keeps it. */
export async function record(state: BatchExportState): Promise<void> {
  const now = Date.now();
  const durationMs = now - workflowInfo().startTime.getTime();
  try {
    await control(state.job, 5).recordBatchExport({ state, at: iso(now), durationMs });
  } catch (error) {
    log.warn('The ledger has no row of this batch export', { status: state.status, ...failureOf(error) });
  }
}

/** Tells those who asked to be told. Never throws. */
export async function mail(job: BatchExportJob, outcome: BatchExportOutcome): Promise<void> {
  if (job.request.notify.length === 0) return;
  try {
    await control(job, 2).mailBatchExport({ job, outcome });
  } catch (error) {
    log.warn('Nobody could be told of this batch export', { outcome: outcome.kind, ...failureOf(error) });
  }
}

/** @returns why the file could not be removed (after about ten minutes), undefined when it is gone */
export async function removeFile(job: BatchExportJob): Promise<Failure | undefined> {
  try {
    await control(job, 24).removeBatchExportFile({ job });
    return undefined;
  } catch (error) {
    const { type, message, remedy } = failureOf(error, 'then remove the file by hand');
    return { type, message: `The expired file could not be removed: ${message}`, remedy };
  }
}

/** Removes what an attempt may have left; quick, because somebody waits. Never throws. */
export async function tryToRemoveFile(job: BatchExportJob): Promise<void> {
  try {
    await control(job, 3).removeBatchExportFile({ job });
  } catch (error) {
    log.warn('A file may be left of this batch export', { ...failureOf(error) });
  }
}

function control({ projectId }: BatchExportJob, attempts: number) {
  return small({ attempts, priority: priorityOf(projectId, 1) });
}
