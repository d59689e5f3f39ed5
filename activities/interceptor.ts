import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { toApplicationFailure } from './failures.ts';

/**
 * Around every activity: errors leave it as failures of our table.
 * Once the activity's signal is aborted, its reason is the error, whatever was thrown on the way out: when an activity is paused or
 * reset in the UI, an `AbortError` would be reported as "cancelled", which the server refuses, and a plain error as "failed", even
 * on a cancel.
 */
export function exportFailures(context: Context): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
          throw toApplicationFailure(error, context.log);
        }
      },
    },
  };
}
