import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { changeConfig } from '../../shared/config/change.ts';
import { isEventSink } from '../../shared/config/destination.ts';
import { describeIssues, integrationConfigSchema, timeProblem } from '../../shared/config/integration.ts';
import { redact } from '../../shared/config/secrets.ts';
import type { CursorMove } from '../../shared/integration-state.ts';
import { viewOf } from '../../shared/integration-view.ts';
import { iso } from '../../shared/period.ts';
import { NOTHING_TRIED } from '../../shared/rejected.ts';
import * as messages from '../messages.ts';
import { applyEnabled, type Entity, unblock } from './entity.ts';
import type { Lanes } from './exporting.ts';
import { describeInMemo } from './visible.ts';

/** What the handlers need of the main loop. */
export interface Controls {
  lanes: Lanes;
  /** True once cancellation has begun: nothing more is accepted. */
  stopping: () => boolean;
}

/** Answers the query and the updates. Validators are synchronous and change nothing; zod runs only there. */
export function registerHandlers(entity: Entity, { lanes, stopping }: Controls): void {
  const refuse = (message: string): never => {
    throw ApplicationFailure.nonRetryable(message, 'Refused');
  };
  const open = (): void => {
    if (stopping()) refuse('The integration is stopping; try again in a moment.');
  };
  const instant = (name: string, text: string): number => {
    const value = Date.parse(text);
    if (Number.isNaN(value))
      refuse(`${name}: "${String(text).slice(0, 40)}" is not an instant; use ISO form such as 2026-01-31T00:00:00Z`);
    return value;
  };
  const started = (): void => {
    if (entity.state.border === undefined)
      refuse('The integration has not exported anything yet; there is nothing to move.');
  };
  const audit = (action: string, actor: string, change: unknown): void => {
    const { projectId, integrationId, state } = entity;
    state.audit.push({ projectId, integrationId, actor, action, change: JSON.stringify(change), at: iso(Date.now()) });
    entity.wake();
  };
  const queue = (moves: CursorMove[]): void => {
    entity.state.moves.push(...moves);
    entity.wake();
  };
  const queued = (
    message: string,
    when = 'It begins when the periods that are running now have ended.',
  ): messages.QueuedResult => ({ queued: true, message: `${message} ${when}` });

  setHandler(messages.state, () => viewOf(entity, entity.state, entity.schedule, Date.now()), {
    description: 'What is configured, what is done, what is running, what went wrong',
  });

  setHandler(
    messages.configure,
    (input): messages.ConfigureResult => {
      const { state } = entity;
      const change = changeConfig(state.config, input.config, input.history);
      if (typeof change === 'string') throw ApplicationFailure.nonRetryable(change, 'Refused');
      if (JSON.stringify(change.config) === JSON.stringify(state.config) && change.moves.length === 0) {
        return { changed: false, configVersion: state.configVersion, queued: [] };
      }
      const before = redact(state.config);
      state.config = change.config;
      state.configVersion += 1;
      applyEnabled(entity, input.actor);
      describeInMemo(entity);
      // PostHog says success to a key that it does not know: a new one must pass the test first, or its events would be lost.
      const isOtherKey = isEventSink(change.config.destination) && change.secretChanged;
      if (change.moved || isOtherKey) delete state.claimed;
      if (change.replacesDestination) lanes.cancel();
      unblock(entity);
      queue(change.moves.map((kind) => ({ kind })));
      audit('configure', input.actor, {
        before,
        after: redact(change.config),
        history: input.history,
        secretChanged: change.secretChanged,
      });
      return { changed: true, configVersion: state.configVersion, queued: change.moves };
    },
    {
      validator: (input) => {
        open();
        const parsed = integrationConfigSchema.safeParse(input.config);
        if (!parsed.success) refuse(describeIssues(parsed.error));
        const late = timeProblem(input.config, Date.now());
        if (late !== undefined) refuse(late);
        const change = changeConfig(entity.state.config, input.config, input.history);
        if (typeof change === 'string') refuse(change);
      },
      description: 'Replaces the configuration; running periods of a replaced destination are cancelled and done again',
    },
  );

  setHandler(
    messages.pause,
    ({ reason, actor }) => {
      entity.state.paused = { since: Date.now(), reason, actor };
      lanes.cancel();
      audit('pause', actor, { reason });
    },
    {
      validator: (_asked) => open(),
      description: 'Stops exporting until resume; what is running is cancelled and done again later',
    },
  );

  setHandler(
    messages.resume,
    ({ actor }) => {
      const wasPaused = entity.state.paused !== undefined;
      delete entity.state.paused;
      entity.state.config.enabled = true;
      unblock(entity);
      audit('resume', actor, { wasPaused });
    },
    { validator: (_asked) => open(), description: 'Goes on after pause, or at once when blocked' },
  );

  setHandler(
    messages.syncNow,
    ({ actor }): messages.SyncResult => {
      const retried = unblock(entity);
      audit('syncNow', actor, { retried });
      const { live } = entity.schedule;
      return live === undefined ? { retried } : { retried, nextPeriodAt: iso(entity.schedule.closesAt(live.nextEnd)) };
    },
    {
      validator: (_asked) => {
        open();
        if (entity.state.paused !== undefined)
          refuse(`The integration is paused (${entity.state.paused.reason}); resume it first.`);
      },
      description: 'Tries failed periods again now and exports every closed period; says when the next one closes',
    },
  );

  setHandler(
    messages.rewind,
    ({ to, actor }) => {
      queue([{ kind: 'rewind', to: Date.parse(to) }]);
      audit('rewind', actor, { to });
      return queued(`Everything from ${to} on will be exported again.`);
    },
    {
      validator: ({ to }) => {
        open();
        started();
        if (instant('to', to) > Date.now()) refuse(`to: ${to} is in the future`);
      },
      description: 'Moves the cursors back: everything from that instant on is exported again as a new revision',
    },
  );

  setHandler(
    messages.reexport,
    ({ from, to, actor }) => {
      queue([{ kind: 'reexport', from: Date.parse(from), to: Date.parse(to) }]);
      audit('reexport', actor, { from, to });
      return queued(`The periods between ${from} and ${to} will be exported again.`);
    },
    {
      validator: ({ from, to }) => {
        open();
        started();
        if (instant('from', from) >= instant('to', to)) refuse(`from: ${from} must lie before to: ${to}`);
      },
      description: 'Exports the periods of a range again as a new revision; the cursors stay',
    },
  );

  setHandler(
    messages.skip,
    ({ period, axis, reason, actor }) => {
      const found = failing(period, axis);
      if (found !== undefined) {
        queue([{ kind: 'skip', ...found, reason, actor }]);
        lanes.cancel(found.track, found.start);
      }
      audit('skip', actor, { period, axis, reason });
      return queued(`The period ${period} will not be exported.`);
    },
    {
      validator: ({ period, axis, reason }) => {
        open();
        instant('period', period);
        if (typeof reason !== 'string' || reason.trim() === '')
          refuse('reason: say why; it stands in the ledger and the audit log');
        if (failing(period, axis) === undefined) {
          const holes = entity.state.tracks.flatMap((track) =>
            track.holes.map((hole) => `${track.axis} ${iso(hole.start)}`),
          );
          refuse(
            `period: ${period} is not among the failed periods (${holes.length === 0 ? 'there are none' : holes.join(', ')})`,
          );
        }
      },
      description: 'Gives up a failed period for good, with a reason',
    },
  );

  setHandler(
    messages.replayRejected,
    ({ reason, actor }) => {
      entity.state.replay = { ...(reason !== undefined && { reason }), result: NOTHING_TRIED };
      audit('replayRejected', actor, { reason });
      return queued('Rejected rows will be sent again.', 'It begins as soon as the integration is active.');
    },
    {
      validator: ({ reason }) => {
        open();
        if (!isEventSink(entity.state.config.destination))
          refuse('Files reject no rows; there is nothing to send again.');
        if (reason !== undefined && (typeof reason !== 'string' || reason === ''))
          refuse('reason: one of the list, or none');
        if (entity.state.replay !== undefined)
          refuse('Rejected rows are being sent again already; wait until that has ended.');
      },
      description: 'Sends rows again that the destination refused, mapped with the present configuration',
    },
  );

  function failing(period: string, axis: string | undefined): { track: string; start: number } | undefined {
    const start = Date.parse(period);
    for (const track of entity.state.tracks) {
      const hole = track.holes.find((candidate) => candidate.start === start);
      if (hole !== undefined && (axis ?? track.axis) === track.axis) return { track: track.id, start };
    }
    return undefined;
  }
}
