/** Short workflows that exist only to be asked something: no other way leads from a client to a worker. */
import type { WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import { call, noWorker } from './call.ts';
import type { Context } from './context.ts';
import { Unavailable } from './errors.ts';

/** A history of so many events holds the start and a task that no worker has taken. */
const UNTOUCHED = 2;
/** Milliseconds by which the server waits longer than we do, so that we are the ones to tell. */
const MARGIN = 30_000;

/** A workflow of one argument. */
type Brief<I, R> = (input: I) => Promise<R>;

export interface BriefRun<I> {
  /** As it begins a sentence: `The test of the destination`. */
  about: string;
  /** Said when no worker is there: `The destination was not tested.` */
  undone: string;
  workflowId: string;
  projectId: string;
  input: I;
  /** A line for the Temporal UI. */
  summary: string;
}

/**
 * Starts a workflow and waits for its result, up to `timeouts.test`; in two steps, so that a missing worker is told early.
 * @throws NoWorker, Unavailable, Refused with what the workflow failed for
 */
export async function runBriefly<I, R>(
  context: Context,
  type: string,
  { about, undone, workflowId, projectId, input, summary }: BriefRun<I>,
): Promise<R> {
  const { client, taskQueue, timeouts } = context;
  const { answer, test } = timeouts;
  const options: WorkflowStartOptions<Brief<I, R>> = {
    workflowId,
    taskQueue,
    // Somebody is waiting at a form.
    priority: { priorityKey: 1, fairnessKey: projectId },
    // It must not begin long after everybody has gone.
    workflowExecutionTimeout: test + MARGIN,
    staticSummary: summary,
    args: [input],
  };
  const handle: WorkflowHandleWithFirstExecutionRunId<Brief<I, R>> = await call(
    context,
    { about, timeout: answer },
    () => client.workflow.start<Brief<I, R>>(type, options),
  );
  const result = () => handle.result();
  // If it ended meanwhile there is nothing to stop.
  const stop = (reason: string) => handle.terminate(reason).catch(() => undefined);
  const late = async () => {
    const { historyLength } = await call(context, { about, timeout: answer }, () => handle.describe());
    if (historyLength <= UNTOUCHED) {
      await stop('No worker');
      throw noWorker(context, undone);
    }
    return await call(context, { about, timeout: Math.max(0, test - answer), late: tooLate }, result);
  };
  const tooLate = async () => {
    await stop('Too late');
    throw new Unavailable(
      `${about} did not end within ${test / 1000} s. See its history in the Temporal UI (${handle.workflowId}).`,
    );
  };
  return await call(context, { about, timeout: Math.min(answer, test), late }, result);
}
