import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** What Temporal's describe and list answer about a workflow, as far as it is used here. */
export interface StoredInfo {
  execution?: { workflowId?: string | null; runId?: string | null } | null;
  /** `WorkflowExecutionStatus`. */
  status?: number | null;
  memo?: { fields?: Fields | null } | null;
  searchAttributes?: { indexedFields?: Fields | null } | null;
}

type Fields = { [name: string]: Payload };

/** The values of a memo or of search attributes; total. */
export function decode(fields: Fields | null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, payload]) => [name, contentOf(payload)]));
}

/** The value of a payload; undefined when there is none, or one of another encoding than ours. */
export function contentOf(payload: Payload | null | undefined): unknown {
  try {
    return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
  } catch {
    return undefined;
  }
}
