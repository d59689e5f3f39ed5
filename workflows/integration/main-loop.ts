import { condition, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import { hasTooManyHoles, pauseAfter } from '../../shared/integration-state.ts';
import { HOUR, MINUTE } from '../../shared/period.ts';
import { priorityOf, small } from '../activity-options.ts';
import { failureOf } from '../failure-of.ts';
import { type Entity, jobOf, noteFailure, timingOf, unblock } from './entity.ts';
import type { Lanes } from './exporting.ts';
import { activate, applyMoves, claim } from './moves.ts';
import { planNext } from './planning.ts';
import { flushRecords, MOST_WAITING, saveCheckpoint } from './records.ts';
import { replaySome } from './replay.ts';
import type { Visible } from './visible.ts';

/** So many events, and the run drains and continues as new (the server suggests it at 4,096). */
const MOST_EVENTS = 2_000;
/** After a cycle a run continues as new once its history is longer than this: idle entities stay small too. */
const TIDY_EVENTS = 400;
/** So many ledger rows are stored without waiting for the end of the cycle. */
const ENOUGH_RECORDS = 100;
/** A run that has worked for so long drains, so that checkpoints and new code take effect. */
const LONGEST_RUN = 10 * MINUTE;

/**
 * Looks what there is to do, starts it, and waits until something changes or is due. A cycle ends when nothing runs and nothing is due:
 * then queued moves are applied, ledger and audit entries are stored and the state is saved as a checkpoint. `run` returns when it is time
 * to continue as new; nothing is running then.
 */
export class MainLoop {
  #entity: Entity;
  #lanes: Lanes;
  #visible: Visible;
  /** Background work other than periods: planning, activation, probes. */
  #tasks = new Set<string>();
  #alarmAt = Number.POSITIVE_INFINITY;
  /** Something happened since the last checkpoint. */
  #unsaved = false;
  #recordsNotBefore = 0;
  readonly #startedAt = Date.now();

  constructor(entity: Entity, lanes: Lanes, visible: Visible) {
    this.#entity = entity;
    this.#lanes = lanes;
    this.#visible = visible;
  }

  async run(): Promise<void> {
    for (;;) {
      const entity = this.#entity;
      entity.awake = false;
      entity.schedule.timing = timingOf(entity);
      const draining = this.#mustDrain();
      const looked = Date.now();
      this.#act(draining);
      this.#visible.show(entity, this.#lanes.running);
      if (this.#lanes.running === 0 && this.#tasks.size === 0 && !entity.awake) {
        if (await this.#endCycle(draining)) return;
        // Messages and records may have come while the cycle was ended.
        if (entity.awake) continue;
      }
      this.#setAlarm(looked);
      await condition(() => entity.awake);
    }
  }

  #mustDrain(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const long = historyLength > MOST_EVENTS || continueAsNewSuggested;
    const old = Date.now() - this.#startedAt > LONGEST_RUN && this.#lanes.running > 0;
    return long || old || this.#entity.state.moves.length > 0;
  }

  /** Starts what can be started now. */
  #act(draining: boolean): void {
    const { state } = this.#entity;
    const now = Date.now();
    if (state.paused !== undefined) return;
    if (state.blocked !== undefined) {
      if (state.blocked.nextProbe <= now && this.#lanes.running === 0) this.#background('probe', () => this.#probe());
      return;
    }
    if (draining) return;
    if (state.border === undefined) {
      if (state.planning.notBefore <= now) this.#background('activate', () => this.#try(() => activate(this.#entity)));
      return;
    }
    this.#storeRecords(now);
    if (!state.claimed) {
      if (state.planning.notBefore <= now) this.#background('claim', () => this.#try(() => claim(this.#entity)));
      return;
    }
    if (state.replay !== undefined) {
      this.#unsaved = true;
      this.#background('replay', () => replaySome(this.#entity));
    }
    this.#startPeriods(now);
    if (state.planning.notBefore <= now) this.#planAhead(now);
    if (state.removeSupersededAt !== undefined && state.removeSupersededAt <= now)
      this.#background('clean up', () => this.#cleanUp());
  }

  #startPeriods(now: number): void {
    const { schedule, state } = this.#entity;
    const fresh = !hasTooManyHoles(state.tracks);
    while (state.ledger.length < MOST_WAITING) {
      const room = this.#lanes.room(state.config.tuning.parallelPeriods);
      const item = schedule.take(now, { ...room, fresh });
      if (item === undefined) return;
      this.#unsaved = true;
      this.#lanes.start(this.#entity, item);
    }
  }

  /** Between cycles only when much has gathered, or an audit entry waits; what cannot be stored now waits for a minute. */
  #storeRecords(now: number): void {
    const { audit, ledger } = this.#entity.state;
    if ((audit.length === 0 && ledger.length < ENOUGH_RECORDS) || this.#recordsNotBefore > now) return;
    this.#background('records', async () => {
      if (!(await flushRecords(this.#entity))) this.#recordsNotBefore = Date.now() + MINUTE;
    });
  }

  #planAhead(now: number): void {
    for (const { window, until } of this.#entity.schedule.toPlan(now)) {
      this.#background(`plan ${window.track.id}`, () => planNext(this.#entity, window, until));
    }
  }

  async #probe(): Promise<void> {
    const { state } = this.#entity;
    try {
      await small({ attempts: 1, priority: priorityOf(this.#entity.projectId, 3), startToClose: '2 minutes' }).probe({
        job: jobOf(this.#entity),
      });
      unblock(this.#entity);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { blocked } = state;
      if (blocked === undefined) return;
      const probes = blocked.probes + 1;
      const { type, message, remedy } = failureOf(error);
      state.lastError = { type, message, remedy, at: Date.now() };
      state.blocked = {
        ...blocked,
        failure: { type, message, remedy },
        probes,
        nextProbe: Date.now() + pauseAfter(probes + 1, state.config),
      };
    }
  }

  async #cleanUp(): Promise<void> {
    const { state } = this.#entity;
    delete state.removeSupersededAt;
    try {
      const { waiting } = await small({ attempts: 3, startToClose: '10 minutes' }).removeSuperseded({
        job: jobOf(this.#entity),
      });
      if (waiting > 0) state.removeSupersededAt = Date.now() + HOUR;
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.removeSupersededAt = Date.now() + HOUR;
    }
  }

  /** @returns true when it is time to continue as new */
  async #endCycle(draining: boolean): Promise<boolean> {
    const { state } = this.#entity;
    const owed = state.audit.length + state.ledger.length > 0;
    if (state.moves.length > 0 && state.border !== undefined && state.planning.notBefore <= Date.now()) {
      await this.#try(() => applyMoves(this.#entity));
      this.#unsaved = true;
    } else if (state.moves.length > 0 && state.border === undefined) {
      // Nothing to move yet: the first activation reads the configuration as it is then.
      state.moves = [];
      this.#entity.wake();
    }
    if (this.#unsaved || owed) {
      this.#unsaved = false;
      await flushRecords(this.#entity);
      await saveCheckpoint(this.#entity);
      this.#visible.cursor(this.#entity);
    }
    const { historyLength } = workflowInfo();
    const movesOnly = draining && historyLength < MOST_EVENTS && Date.now() - this.#startedAt < LONGEST_RUN;
    return (draining && !movesOnly) || historyLength > TIDY_EVENTS;
  }

  /** Failures are remembered and lead to a pause, never to the end of the entity. */
  async #try(step: () => Promise<void>): Promise<void> {
    const { state } = this.#entity;
    const { configVersion } = state;
    try {
      await step();
      state.planning = { failures: 0, notBefore: 0 };
      this.#unsaved = true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      // What the replaced configuration could not do says nothing about the present one.
      if (state.configVersion !== configVersion) return;
      const failures = state.planning.failures + 1;
      state.planning = { failures, notBefore: Date.now() + pauseAfter(failures, state.config) };
      noteFailure(this.#entity, failureOf(error));
    }
  }

  /** Runs beside the periods, once at a time for each name. A cancellation ends it silently; the main loop hears of it by itself. */
  #background(name: string, task: () => Promise<void>): void {
    if (this.#tasks.has(name)) return;
    this.#tasks.add(name);
    const ended = () => {
      this.#tasks.delete(name);
      this.#entity.wake();
    };
    task().then(ended, ended);
  }

  /**
   * One timer for the next moment at which something is due; a later one that is already set may ring in vain.
   * @param looked when `#act` looked last: what became due since, while the cycle was ended, must not be waited for
   */
  #setAlarm(looked: number): void {
    const { state, schedule } = this.#entity;
    const now = Date.now();
    const moments = [state.removeSupersededAt, state.blocked?.nextProbe, state.planning.notBefore];
    if (state.paused === undefined && state.blocked === undefined) moments.push(schedule.nextDue(looked));
    const due = moments.filter((moment): moment is number => moment !== undefined && moment > looked);
    const at = Math.min(...due);
    if (at <= now) {
      this.#entity.wake();
      return;
    }
    if (at === Number.POSITIVE_INFINITY || at >= this.#alarmAt) return;
    this.#alarmAt = at;
    const ring = () => {
      if (this.#alarmAt === at) this.#alarmAt = Number.POSITIVE_INFINITY;
      this.#entity.wake();
    };
    sleep(at - now).then(ring, () => undefined);
  }
}
