import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Context } from './context.ts';
import { NoWorker, Unavailable } from './errors.ts';
import { toExportsError } from './translate.ts';

export interface CallOptions<T> {
  /** What is asked for, as it begins a sentence: `Integration "a" of project "p"`. */
  about: string;
  /** Milliseconds. */
  timeout: number;
  /** What to answer when the time is over. Default: `Unavailable`. */
  late?: () => Promise<T>;
}

/** Talks to Temporal under a deadline. @throws only errors of `errors.ts` */
export async function call<T>(context: Context, options: CallOptions<T>, talk: () => Promise<T>): Promise<T> {
  const { about, timeout, late } = options;
  try {
    return await context.client.withDeadline(Date.now() + timeout, talk);
  } catch (error) {
    if (!isLate(error)) throw toExportsError(error, about, context.namespace);
    if (late !== undefined) return await late();
    throw new Unavailable(
      `Temporal did not answer within ${seconds(timeout)}. See whether its server runs at the address of the connection and can be reached from here.`,
    );
  }
}

/** Temporal answers and no worker does. @param consequence what became of the request; a sentence */
export function noWorker(context: Context, consequence: string): NoWorker {
  return new NoWorker(`${consequence} ${noWorkerNotice(context, context.timeouts.answer)}`);
}

/** @param timeout milliseconds that were waited */
export function noWorkerNotice({ taskQueue }: Context, timeout: number): string {
  return `No worker answered within ${seconds(timeout)} on task queue "${taskQueue}": start one, or see in the logs of those that run why they do not answer.`;
}

function isLate(error: unknown): boolean {
  // At the deadline either side may be the first to give up: the server's word for it is CANCELLED.
  return (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    isGrpcDeadlineError(error) ||
    isGrpcCancelledError(error)
  );
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
