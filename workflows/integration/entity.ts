import type { Job } from '../../shared/activities.ts';
import type { IntegrationConfig } from '../../shared/config/integration.ts';
import { BLOCKING_FAILURES } from '../../shared/failures.ts';
import { type IntegrationState, pauseAfter } from '../../shared/integration-state.ts';
import { MINUTE, SECOND } from '../../shared/period.ts';
import { Schedule, type Timing } from '../../shared/schedule.ts';
import { upgradeState } from '../../shared/stored-state.ts';
import type { FailureDetails } from '../failure-of.ts';

/** What the parts of the `integration` workflow share: its state, and the schedule that works on it. */
export interface Entity {
  readonly projectId: string;
  readonly integrationId: string;
  state: IntegrationState;
  schedule: Schedule;
  /** False until an earlier life's checkpoint has been looked for: before that, the state must not be saved as the newest one. */
  begun: boolean;
  /** Set by `wake`, cleared by the main loop when it looks. */
  awake: boolean;
  /** Something changed: the main loop looks again. */
  wake(): void;
}

/** @param stored the state that an earlier run left, if any */
export function createEntity(
  ids: { projectId: string; integrationId: string },
  config: IntegrationConfig,
  stored: unknown,
): Entity {
  const state = upgradeState(stored, config);
  const entity: Entity = {
    ...ids,
    state,
    begun: stored !== undefined,
    schedule: new Schedule(state.tracks, timingOf({ ...ids, state })),
    awake: true,
    wake: () => {
      entity.awake = true;
    },
  };
  return entity;
}

export function jobOf({ projectId, integrationId, state }: Entity): Job {
  return { projectId, integrationId, configVersion: state.configVersion, config: state.config };
}

/** The schedule is derived from the state; it is made anew whenever tracks or timing change (only while nothing runs). */
export function reschedule(entity: Entity): void {
  entity.schedule = new Schedule(entity.state.tracks, timingOf(entity));
  entity.wake();
}

export function timingOf({
  projectId,
  integrationId,
  state,
}: Pick<Entity, 'projectId' | 'integrationId' | 'state'>): Timing {
  const settle = state.config.settleMinutes * MINUTE;
  // Spread over at most half a minute, and never more than a tenth of the settle time.
  const spread = Math.min(30 * SECOND, settle / 10);
  return { settle, jitter: Math.floor((hash(`${projectId}/${integrationId}`) / 2 ** 32) * spread) };
}

/** FNV-1a: the same in every replay and on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** Remembers a failure for people to see; one that nothing would survive blocks the integration. */
export function noteFailure(entity: Entity, failure: FailureDetails): void {
  const { type, message, remedy } = failure;
  entity.state.lastError = { type, message, remedy, at: Date.now() };
  if (BLOCKING_FAILURES.includes(type)) block(entity, failure);
}

export function block({ state, wake }: Entity, { type, message, remedy }: FailureDetails): void {
  if (state.blocked !== undefined) return;
  const now = Date.now();
  state.blocked = {
    since: now,
    failure: { type, message, remedy },
    probes: 0,
    nextProbe: now + pauseAfter(1, state.config),
  };
  wake();
}

/** Holes are tried again at once; called when what stopped them is believed to be gone. */
export function unblock({ state, wake }: Entity): number {
  const now = Date.now();
  delete state.blocked;
  state.planning = { failures: 0, notBefore: 0 };
  const holes = state.tracks.flatMap((track) => track.holes);
  for (const hole of holes) hole.nextTry = Math.min(hole.nextTry, now);
  wake();
  return holes.length;
}

/** Brings `paused` in line with `enabled` of the configuration. */
export function applyEnabled({ state }: Entity, actor: string): void {
  if (!state.config.enabled)
    state.paused ??= { since: Date.now(), reason: 'disabled in the configuration', actor, disabled: true };
  else if (state.paused?.disabled) delete state.paused;
}
