import { setTimeout as sleep } from 'node:timers/promises';
import type { IntegrationView } from '../../client/index.ts';
import { DEMO_INTEGRATION, type DemoExports, viewOf } from './integration.ts';
import type { Progress } from './progress.ts';
import { SINK_NAMES } from './sinks.ts';

/** All integrations of the demo, with the names that people see, in the order in which they are shown. */
const SHOWN = new Map<string, string>([[DEMO_INTEGRATION, 'S3'], ...Object.entries(SINK_NAMES)]);

/**
 * Shows all integrations that exist until one of them is caught up.
 * @param options.failBlocked whether it is an error when it cannot go on without a person; else that is waited for
 */
export async function untilCaughtUp(
  exports: DemoExports,
  integrationId: string,
  progress: Progress,
  { failBlocked }: { failBlocked: boolean },
): Promise<IntegrationView> {
  for (;;) {
    const view = (await showAll(exports, progress)).get(integrationId);
    // A changed frequency that waits to be applied may bring periods that are due.
    if (view?.caughtUp && view.queuedMoves.length === 0) return view;
    if (failBlocked && view?.blocked !== undefined) {
      const { message, remedy } = view.blocked.failure;
      throw new Error(`${SHOWN.get(integrationId) ?? integrationId} is blocked: ${message} ${remedy}`);
    }
    await sleep(500);
  }
}

/** @returns the views by id; one is missing when there is no such integration, or no worker answers for it yet */
export async function showAll(exports: DemoExports, progress: Progress): Promise<Map<string, IntegrationView>> {
  const found = await Promise.all([...SHOWN.keys()].map(async (id) => ({ id, view: await viewOf(exports, id) })));
  const views = new Map(found.flatMap(({ id, view }) => (view === undefined ? [] : [[id, view] as const])));
  progress.show(new Map([...views].map(([id, view]) => [SHOWN.get(id) ?? id, view])));
  return views;
}
