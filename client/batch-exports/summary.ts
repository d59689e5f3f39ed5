import proto from '@temporalio/proto';
import { z } from 'zod';
import { BATCH_EXPORT_STATUSES } from '../../shared/batch-export.ts';
import { decode, type StoredInfo } from '../stored.ts';
import type { BatchExportId, BatchExportSummary } from './types.ts';

const { WorkflowExecutionStatus } = proto.temporal.api.enums.v1;

const text = z.string().catch('');
const number = z.number().optional().catch(undefined);
const memoSchema = z.object({
  name: text,
  source: text,
  format: text,
  compression: text,
  status: z.enum([...BATCH_EXPORT_STATUSES, 'unknown']).catch('unknown'),
  createdAt: text,
  createdBy: text,
  plannedRows: number,
  rows: number,
  bytes: number,
  sha256: z.string().optional().catch(undefined),
  truncatedAt: number,
  expiresAt: z.string().optional().catch(undefined),
  failure: z.object({ type: z.string(), message: z.string(), remedy: z.string() }).optional().catch(undefined),
});
const hiddenSchema = z.object({ key: text, request: text });

/** What lists do not show: the object's name, and which call started the run. */
export type Hidden = z.output<typeof hiddenSchema>;

/** The memo in words. Total: an export that another version started, or a person by hand, must not break a list. */
export function summaryOf(id: BatchExportId, info: StoredInfo): { summary: BatchExportSummary; hidden: Hidden } {
  const { projectId, exportId } = id;
  const memo = decode(info.memo?.fields);
  const stored = memoSchema.parse(memo);
  const summary = {
    projectId,
    exportId,
    ...stored,
    ...fromOutside(info.status, stored.status),
    workflowId: info.execution?.workflowId ?? '',
    runId: info.execution?.runId ?? '',
  };
  return { summary: withoutUndefined(summary), hidden: hiddenSchema.parse(memo) };
}

const LASTING: readonly string[] = ['FAILED', 'CANCELLED', 'EXPIRED'];

/** An export that was ended from outside (terminated, or cancelled before any worker saw it) could not say so itself. */
function fromOutside(
  execution: StoredInfo['status'],
  status: BatchExportSummary['status'],
): Pick<BatchExportSummary, 'status' | 'failure'> | undefined {
  if (LASTING.includes(status) || isOpen(execution)) return undefined;
  if (execution === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED) return { status: 'CANCELLED' };
  const message = 'The export was ended from outside, by a person or a limit of Temporal.';
  const remedy = 'Retry it; a file that it had written may still be in the bucket.';
  return { status: 'FAILED', failure: { type: 'Unexpected', message, remedy } };
}

/** Whether the workflow still runs. */
export function isOpen(execution: StoredInfo['status']): boolean {
  return execution === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
}

function withoutUndefined<T extends object>(value: T): T {
  for (const name of Object.keys(value)) {
    if (Reflect.get(value, name) === undefined) Reflect.deleteProperty(value, name);
  }
  return value;
}
