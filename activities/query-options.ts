import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Job, Window } from '../shared/activities.ts';
import { windowKind } from './selection.ts';
import type { StreamOptions } from './source/source.ts';

/** What a query is for, as it can be read in its id and its comment. */
export interface QueryPurpose {
  job: Pick<Job, 'projectId' | 'integrationId'>;
  window: Window;
  /** `plan`, `count`, `stream` … */
  step: string;
  /** Name of the part, if it is about one. */
  part?: string;
  signal?: AbortSignal;
}

/**
 * Options for one query of the running activity. The id says project, integration, period, part, attempt and step, so that a query
 * in `system.processes` leads to its workflow and the other way round; the last word tells apart the activities that do the same
 * work at different times (see `workToken`).
 */
export function queryOptions({ job, window, step, part, signal }: QueryPurpose): StreamOptions {
  const { projectId, integrationId } = job;
  const kind = windowKind(window);
  const named = part === undefined ? {} : { part };
  const comment = { integration: integrationId, window: kind, start: window.start, end: window.end, ...named };
  const about = [integrationId, kind, window.start, ...Object.values(named)];
  return { ...activityQuery({ projectId, about, comment, step, signal }), delivered: { projectId, integrationId } };
}

/** One query of the running activity, in the words of what it works for. */
export function activityQuery({
  projectId,
  about,
  comment,
  step,
  signal,
}: {
  projectId: string;
  /** Stands in the id, behind the project. */
  about: readonly string[];
  comment: Record<string, string | number>;
  step: string;
  signal?: AbortSignal | undefined;
}): Omit<StreamOptions, 'delivered'> {
  const { info, cancellationSignal } = Context.current();
  return {
    queryId: [projectId, ...about, `try${info.attempt}`, step, workToken()].join('/'),
    signal: signal ?? cancellationSignal,
    comment: {
      application: 'event-exports',
      project: projectId,
      ...comment,
      step,
      attempt: info.attempt,
      workflow: info.workflowExecution?.workflowId ?? '',
    },
  };
}

/** Ten characters that are the same in every attempt of the running activity, and in no other activity. */
export function workToken(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return createHash('sha256').update(`${workflowExecution?.runId}/${activityId}`).digest('hex').slice(0, 10);
}
