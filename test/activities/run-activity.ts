import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { exportFailures } from '../../activities/interceptor.ts';

/** How an activity is run: its id (one of its own by default), its attempt, what the last attempt said, and hooks. */
export interface RunOptions {
  attempt?: number;
  heartbeatDetails?: unknown;
  activityId?: string;
  /** Gets the environment, to cancel or to listen to heartbeats. */
  environment?: (environment: MockActivityEnvironment) => void;
  /** Gets what is logged. */
  logged?: (entry: LogEntry) => void;
}

/** Runs `fn` as Temporal would: in an activity's context, behind our interceptor. */
export async function runActivity<T>(fn: () => Promise<T>, options: RunOptions = {}): Promise<T> {
  const { attempt = 1, heartbeatDetails, activityId = randomUUID(), logged = () => undefined } = options;
  const environment = new MockActivityEnvironment(
    { attempt, heartbeatDetails, activityId },
    { interceptors: [exportFailures], logger: new DefaultLogger('DEBUG', logged) },
  );
  options.environment?.(environment);
  return environment.run(fn);
}

/** The failure that `work` ends with. */
export async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
