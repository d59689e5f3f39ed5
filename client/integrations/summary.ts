import { z } from 'zod';
import type { IntegrationConfig } from '../../shared/config/integration.ts';
import { exportCursor, exportStatus } from '../../shared/search-attributes.ts';
import { decode, type StoredInfo } from '../stored.ts';
import type { IntegrationId, IntegrationSummary } from './types.ts';

/** What stands beside an integration in Temporal, readable without a worker. Never secret: it is stored in the clear. */
export interface IntegrationMemo {
  name: string;
  destination: string;
  frequency: string;
  createdBy: string;
  createdAt: string;
  /** Which call started the workflow, so that the call can tell. */
  request: string;
}

export function memoOf(config: IntegrationConfig, started: { actor: string; request: string }): IntegrationMemo {
  return {
    name: config.name,
    destination: config.destination.kind,
    frequency: config.frequency,
    createdBy: started.actor,
    createdAt: new Date().toISOString(),
    request: started.request,
  };
}

/** Total: an integration that another version started, or a person by hand, must not break a list. */
export function summaryOf(id: IntegrationId, info: StoredInfo): IntegrationSummary & { request: string } {
  const memo = memoSchema.parse(decode(info.memo?.fields));
  const { [exportStatus.name]: status, [exportCursor.name]: cursor } = decode(info.searchAttributes?.indexedFields);
  const exportedUpTo = cursorSchema.parse(cursor);
  return {
    ...id,
    ...memo,
    status: statusSchema.parse(status),
    ...(exportedUpTo === undefined ? {} : { exportedUpTo }),
    workflowId: info.execution?.workflowId ?? '',
    runId: info.execution?.runId ?? '',
  };
}

const text = z.string().catch('');
const memoSchema = z.object({
  name: text,
  destination: text,
  frequency: text,
  createdBy: text,
  createdAt: text,
  request: text,
});
const statusSchema = z
  .enum(['active', 'running', 'retrying', 'paused', 'blocked', 'stopping', 'unknown'])
  .catch('unknown');
const cursorSchema = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .optional()
  .catch(undefined);
