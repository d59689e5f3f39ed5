import { setCurrentDetails } from '@temporalio/workflow';
import { changeConfig } from '../../shared/config/change.ts';
import { redact } from '../../shared/config/secrets.ts';
import { upgradeState } from '../../shared/integration-state.ts';
import { iso } from '../../shared/period.ts';
import type { IntegrationInput } from '../messages.ts';
import { applyEnabled, type Entity, reschedule } from './entity.ts';
import { loadCheckpoint } from './records.ts';

/** The first run of an entity: goes on from the last checkpoint of an earlier life, with the configuration of this start. */
export async function begin(entity: Entity, input: IntegrationInput): Promise<void> {
  const { projectId, integrationId, actor } = input;
  setCurrentDetails('Reading the last checkpoint from ClickHouse …');
  const stored = input.fresh ? undefined : await loadCheckpoint(entity);
  // Messages may have come while the checkpoint was read: what they changed stays.
  const present = entity.state;
  const { config } = present;
  if (stored !== undefined && stored !== null) {
    const earlier = upgradeState(stored, config);
    const change = changeConfig(earlier.config, present.config, 'continue');
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
