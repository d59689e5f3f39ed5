import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { z } from 'zod';
import { BATCH_EXPORT_STATUSES, batchExportWorkflowId } from '../../shared/batch-export.ts';
import { idSchema } from '../../shared/config/integration.ts';
import { exportProject, exportStatus } from '../../shared/search-attributes.ts';
import { call } from '../call.ts';
import { pageTokens } from '../page-tokens.ts';
import { parse } from '../validate.ts';
import type { BatchExportContext } from './deleted.ts';
import { isOpen, summaryOf } from './summary.ts';
import type { BatchExportPage, BatchExportSummary, ListBatchExportsInput } from './types.ts';

const schema = z.object({
  projectId: idSchema,
  status: z.enum(BATCH_EXPORT_STATUSES).optional(),
  pageSize: z.int().min(1).max(200).default(50),
  pageToken: z.string().max(10_000).optional(),
});

/** See `BatchExports.list`. */
export async function listBatchExports(
  context: BatchExportContext,
  input: ListBatchExportsInput,
): Promise<BatchExportPage> {
  const { projectId, status, pageSize, pageToken } = parse(schema, input);
  const tokens = pageTokens(context, projectId, `batch-exports/${status ?? ''}`);
  const from = pageToken === undefined ? undefined : tokens.open(pageToken);
  const find = finder(context, `The batch exports of project "${projectId}"`);
  const { executions, nextPageToken } = await find({
    query: queryOf({ projectId, status }),
    pageSize,
    ...(from === undefined ? {} : { nextPageToken: from }),
  });
  const prefix = batchExportWorkflowId({ projectId, exportId: '' });
  const found = executions.flatMap((info): Array<BatchExportSummary & { open: boolean }> => {
    const workflowId = info.execution?.workflowId ?? '';
    if (!workflowId.startsWith(prefix)) return [];
    const { summary } = summaryOf({ projectId, exportId: workflowId.slice(prefix.length) }, info);
    return [{ ...summary, open: isOpen(info.status) }];
  });
  const ended = found.filter(({ open, exportId }) => !open && idSchema.safeParse(exportId).success);
  const newest = await newestRuns(find, ended);
  const batchExports = found
    .filter(({ open, workflowId, runId }) => open || (newest.get(workflowId) ?? runId) === runId)
    .filter(({ runId }) => !context.deleted.has(runId))
    .map(({ open: _, ...summary }) => summary)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return nextPageToken?.length > 0 ? { batchExports, nextPageToken: tokens.seal(nextPageToken) } : { batchExports };
}

type Find = ReturnType<typeof finder>;

function finder(context: BatchExportContext, about: string) {
  const { client, namespace, timeouts } = context;
  const { workflowService } = client.connection;
  return (request: { query: string; pageSize: number; nextPageToken?: Uint8Array }) =>
    call(context, { about, timeout: timeouts.answer }, () =>
      workflowService.listWorkflowExecutions({ namespace, ...request }),
    );
}

/**
 * Of exports that were retried only the newest run counts, and Temporal's index cannot be asked for just those.
 * @returns run id by workflow id
 */
async function newestRuns(find: Find, ended: BatchExportSummary[]): Promise<Map<string, string>> {
  const newest = new Map<string, { runId: string; started: number }>();
  if (ended.length === 0) return new Map();
  const ids = [...new Set(ended.map(({ workflowId }) => `'${workflowId}'`))];
  const { executions } = await find({ query: `WorkflowId IN (${ids.join(', ')})`, pageSize: 1_000 });
  for (const { execution, startTime } of executions) {
    const started = optionalTsToMs(startTime) ?? 0;
    const workflowId = execution?.workflowId ?? '';
    const known = newest.get(workflowId);
    if (known === undefined || started > known.started) {
      newest.set(workflowId, { runId: execution?.runId ?? '', started });
    }
  }
  return new Map([...newest].map(([workflowId, { runId }]) => [workflowId, runId]));
}

/**
 * A query of Temporal's visibility. Its values come from closed sets without quotes or backslashes (see the schema above), so none can
 * end its string.
 */
export function queryOf({ projectId, status }: Pick<ListBatchExportsInput, 'projectId' | 'status'>): string {
  const terms = [
    `WorkflowType = 'batchExport'`,
    `${exportProject.name} = '${idSchema.parse(projectId)}'`,
    ...(status === undefined ? [] : [`${exportStatus.name} = '${status}'`]),
  ];
  return terms.join(' AND ');
}
