import { isCancellation } from '@temporalio/workflow';
import { streamingWorkOf } from '../../shared/activities.ts';
import { addReplays } from '../../shared/rejected.ts';
import { priorityOf, streaming } from '../activity-options.ts';
import { failureOf } from '../failure-of.ts';
import { type Entity, jobOf } from './entity.ts';

const BACKFILL_PRIORITY = 4;

/** Sends some of the rejected rows again; the main loop calls it until none are left. What it could not do is told, not tried for ever. */
export async function replaySome(entity: Entity): Promise<void> {
  const { state } = entity;
  const { replay } = state;
  if (replay === undefined) return;
  const job = jobOf(entity);
  const { activityAttempts: attempts } = job.config.tuning;
  const priority = priorityOf(job.projectId, BACKFILL_PRIORITY);
  const { reason, after } = replay;
  try {
    const { replayRejected } = streaming({ work: streamingWorkOf(job.config.destination), attempts, priority });
    const { next, ...done } = await replayRejected({
      job,
      ...(reason !== undefined && { reason }),
      ...(after !== undefined && { after }),
    });
    const result = addReplays(replay.result, done);
    state.totals.rows += done.accepted;
    state.totals.rejected -= done.accepted + done.gone;
    if (next !== undefined) {
      state.replay = { ...replay, after: next, result };
      return;
    }
    delete state.replay;
    state.lastReplay = { at: Date.now(), result };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message, remedy } = failureOf(error, 'replay the rest again then');
    delete state.replay;
    state.lastReplay = { at: Date.now(), result: replay.result, failure: { type, message, remedy } };
  }
}
