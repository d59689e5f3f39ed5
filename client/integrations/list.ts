import { z } from 'zod';
import { DESTINATION_KINDS } from '../../shared/config/destination.ts';
import { exportDestination, exportProject, exportStatus } from '../../shared/search-attributes.ts';
import { call } from '../call.ts';
import type { Context } from '../context.ts';
import { pageTokens } from '../page-tokens.ts';
import { idSchema, parse } from '../validate.ts';
import { summaryOf } from './summary.ts';
import type { IntegrationPage, IntegrationSummary, ListInput } from './types.ts';

const schema = z.object({
  projectId: idSchema,
  status: z.enum(['active', 'retrying', 'paused', 'blocked']).optional(),
  destination: z.enum(DESTINATION_KINDS).optional(),
  pageSize: z.int().min(1).max(1_000).default(100),
  pageToken: z.string().max(10_000).optional(),
});

/** See `Integrations.list`. */
export async function listIntegrations(context: Context, input: ListInput): Promise<IntegrationPage> {
  const { projectId, status, destination, pageSize, pageToken } = parse(schema, input);
  const tokens = pageTokens(context, projectId, `list/${status ?? ''}/${destination ?? ''}`);
  const from = pageToken === undefined ? undefined : tokens.open(pageToken);
  const about = `The integrations of project "${projectId}"`;
  const { workflowService } = context.client.connection;
  const { executions, nextPageToken } = await call(context, { about, timeout: context.timeouts.answer }, () =>
    workflowService.listWorkflowExecutions({
      namespace: context.namespace,
      query: queryOf({ projectId, status, destination }),
      pageSize,
      ...(from === undefined ? {} : { nextPageToken: from }),
    }),
  );
  const prefix = `integration/${projectId}/`;
  const integrations = executions.flatMap((info): IntegrationSummary[] => {
    const workflowId = info.execution?.workflowId ?? '';
    if (!workflowId.startsWith(prefix)) return [];
    const { request: _, ...summary } = summaryOf({ projectId, integrationId: workflowId.slice(prefix.length) }, info);
    return [summary];
  });
  return nextPageToken?.length > 0 ? { integrations, nextPageToken: tokens.seal(nextPageToken) } : { integrations };
}

type Filter = Pick<ListInput, 'projectId' | 'status' | 'destination'>;

/**
 * A query of Temporal's visibility. Its values come from closed sets without quotes or backslashes (see the schema above), so none can
 * end its string.
 */
export function queryOf({ projectId, status, destination }: Filter): string {
  const terms = [
    `WorkflowType = 'integration'`,
    `ExecutionStatus = 'Running'`,
    `${exportProject.name} = '${idSchema.parse(projectId)}'`,
    ...(status === undefined ? [] : [`${exportStatus.name} = '${status}'`]),
    ...(destination === undefined ? [] : [`${exportDestination.name} = '${destination}'`]),
  ];
  return terms.join(' AND ');
}
