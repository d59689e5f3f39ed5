import { condition, isCancellation, setCurrentDetails } from '@temporalio/workflow';
import { changeConfig } from '../../shared/config/change.ts';
import { isOtherPlace } from '../../shared/config/destination.ts';
import { redact } from '../../shared/config/secrets.ts';
import { pauseAfter } from '../../shared/integration-state.ts';
import { iso } from '../../shared/period.ts';
import { upgradeState } from '../../shared/stored-state.ts';
import { failureOf } from '../failure-of.ts';
import type { IntegrationInput } from '../messages.ts';
import { applyEnabled, type Entity, noteFailure, reschedule, unblock } from './entity.ts';
import { loadCheckpoint } from './records.ts';

/**
 * Asks until there is an answer: without the checkpoint a new start could export everything a second time. A checkpoint that cannot be
 * opened (another encryption key) blocks; configure and resume ask again at once.
 */
async function readCheckpoint(entity: Entity): Promise<unknown> {
  for (let failures = 1; ; failures += 1) {
    try {
      const stored = await loadCheckpoint(entity);
      if (failures > 1) unblock(entity);
      return stored;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = failureOf(error);
      noteFailure(entity, failure);
      setCurrentDetails(`**The last checkpoint cannot be read.** ${failure.message} ${failure.remedy}`);
      entity.awake = false;
      await condition(() => entity.awake, pauseAfter(failures, entity.state.config));
    }
  }
}

/** The first run of an entity: goes on from the last checkpoint of an earlier life, with the configuration of this start. */
export async function begin(entity: Entity, input: IntegrationInput): Promise<void> {
  const { projectId, integrationId, actor } = input;
  setCurrentDetails('Reading the last checkpoint from ClickHouse …');
  const stored = input.fresh ? undefined : await readCheckpoint(entity);
  // Messages may have come while the checkpoint was read: what they changed stays.
  const present = entity.state;
  const { config } = present;
  if (stored !== undefined && stored !== null) {
    const earlier = upgradeState(stored, config);
    // At another place, nothing of the past is there: without a word about it, everything goes there.
    const moved = isOtherPlace(earlier.config.destination, present.config.destination);
    const change = changeConfig(earlier.config, present.config, moved ? (input.history ?? 'restart') : input.history);
    const moves = typeof change === 'string' ? [] : change.moves.map((kind) => ({ kind }));
    entity.state = {
      ...earlier,
      config: typeof change === 'string' ? present.config : change.config,
      configVersion: earlier.configVersion + 1,
      moves: [...earlier.moves, ...moves, ...present.moves],
      audit: [...earlier.audit, ...present.audit],
    };
    delete entity.state.paused;
    delete entity.state.blocked;
    // Deleted perhaps together with its bucket.
    delete entity.state.claimed;
    entity.state.planning = { failures: 0, notBefore: 0 };
    if (present.paused !== undefined) entity.state.paused = present.paused;
  }
  applyEnabled(entity, actor);
  const action = stored === undefined || stored === null ? 'create' : 'start again';
  entity.state.audit.push({
    projectId,
    integrationId,
    actor,
    action,
    change: JSON.stringify({ after: redact(config) }),
    at: iso(Date.now()),
  });
  entity.begun = true;
  reschedule(entity);
}
