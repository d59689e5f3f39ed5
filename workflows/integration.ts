import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
} from '@temporalio/workflow';
import { begin } from './integration/begin.ts';
import { createEntity } from './integration/entity.ts';
import { Lanes } from './integration/exporting.ts';
import { registerHandlers } from './integration/handlers.ts';
import { MainLoop } from './integration/main-loop.ts';
import { saveLast } from './integration/records.ts';
import { Visible } from './integration/visible.ts';
import type { IntegrationInput } from './messages.ts';

/** With worker versioning a run stays with its build; the next run moves to the newest one. Without it this says nothing. */
const continueOnNewestBuild = makeContinueAsNewFunc<typeof integration>({ initialVersioningBehavior: 'AUTO_UPGRADE' });

/**
 * One integration, for as long as it exists: exports every closed period of one project to one destination.
 *
 *   not activated → (claims the folder, fixes the border, surveys the history) → active
 *   active   ⇄ running    a period is due, or history is left
 *   active   → retrying   a period failed: it is a hole that is tried again, the others go on
 *   any      → blocked    credentials, rights, a missing bucket, or more than 50 holes: only a probe runs, with growing pauses
 *   blocked  → active     the probe passes, or somebody configures or resumes
 *   any      ⇄ paused     pause / resume
 *   any      → stopping   cancelled: running periods are cancelled, the last checkpoint is saved
 *
 * It guarantees: each period is committed or stands among the holes; cursors move only behind a commit; it never fails by itself; its
 * history stays small, because it continues as new after a cycle in every state. A start without a running entity goes on from its last
 * checkpoint. Deleting is cancelling.
 */
export async function integration(input: IntegrationInput): Promise<void> {
  const root = CancellationScope.current();
  const lanes = new Lanes();
  const visible = new Visible();
  const entity = createEntity(
    { projectId: input.projectId, integrationId: input.integrationId },
    input.config,
    input.state,
  );
  registerHandlers(entity, { lanes, stopping: () => root.consideredCancelled });
  try {
    if (input.state === undefined) await begin(entity, input);
    await new MainLoop(entity, lanes, visible).run();
    await condition(allHandlersFinished);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      visible.stopping(entity);
      await condition(() => lanes.running === 0);
      if (entity.begun) await saveLast(entity);
      await condition(allHandlersFinished);
    });
    throw error;
  }
  const { projectId, integrationId, actor } = input;
  await continueOnNewestBuild({
    projectId,
    integrationId,
    actor,
    config: entity.state.config,
    state: entity.state,
  });
}
