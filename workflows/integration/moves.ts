import type { HistoryOverview } from '../../shared/activities.ts';
import { applyMove, borderAt, cadenceOf, firstTracks, moveStart, wantedFrom } from '../../shared/cursor-moves.ts';
import type { CursorMove } from '../../shared/integration-state.ts';
import { iso } from '../../shared/period.ts';
import { exportedUpTo, isFinished, neverExportedFrom } from '../../shared/track.ts';
import { priorityOf, small } from '../activity-options.ts';
import { type Entity, jobOf, reschedule } from './entity.ts';

/** The first look at destination and source: claims the folder, fixes the border, lays out the tracks. Throws what stops it. */
export async function activate(entity: Entity): Promise<void> {
  const { state } = entity;
  await claim(entity);
  const now = Date.now();
  const border = borderAt(now, cadenceOf(state.config));
  const eventFrom = wantedFrom(state.config, now);
  const history = await survey(entity, border, eventFrom);
  state.border = border;
  if (eventFrom === undefined) delete state.eventFrom;
  else state.eventFrom = eventFrom;
  state.tracks = firstTracks(state.config, border, eventFrom, history);
  reschedule(entity);
}

/** Puts our owner marker, or finds it; a foreign one is ConfigInvalid. */
export async function claim(entity: Entity): Promise<void> {
  await controlOf(entity).claimDestination({ job: jobOf(entity) });
  entity.state.claimed = true;
}

/** Applies the changes of cursors that were asked for; called only while nothing is running. Throws when the source cannot be asked. */
export async function applyMoves(entity: Entity): Promise<void> {
  const { state } = entity;
  for (let move = state.moves[0]; move !== undefined; move = state.moves[0]) {
    await apply(entity, move);
    state.moves.shift();
  }
  state.tracks = state.tracks.filter((track) => track.purpose !== 'reexport' || !isFinished(track));
  reschedule(entity);
}

async function apply(entity: Entity, move: CursorMove): Promise<void> {
  const { state } = entity;
  switch (move.kind) {
    case 'restart':
      delete state.border;
      delete state.eventFrom;
      state.tracks = [];
      return;
    case 'start': {
      const eventFrom = wantedFrom(state.config, Date.now());
      const live = state.tracks.find(({ purpose }) => purpose === 'live');
      const earlier = state.eventFrom !== undefined && (eventFrom ?? Number.NEGATIVE_INFINITY) < state.eventFrom;
      const history =
        earlier && live !== undefined ? await survey(entity, neverExportedFrom(live), eventFrom) : undefined;
      moveStart(state, eventFrom, history);
      return;
    }
    case 'skip':
      skipPeriod(entity, move);
      return;
    default:
      applyMove(state, move);
  }
}

function skipPeriod(entity: Entity, move: Extract<CursorMove, { kind: 'skip' }>): void {
  const { projectId, integrationId, state } = entity;
  const track = state.tracks.find(({ id }) => id === move.track);
  const hole = track?.holes.find(({ start }) => start === move.start);
  // It may have succeeded meanwhile: then there is nothing to skip.
  if (track === undefined || hole === undefined) return;
  track.holes = track.holes.filter((other) => other !== hole);
  if (track.purpose === 'live') {
    for (const sweep of state.tracks) {
      if (sweep.purpose === 'sweep' && exportedUpTo(sweep) <= hole.start)
        sweep.skipped = [...(sweep.skipped ?? []), hole.start];
    }
  }
  const now = Date.now();
  state.lastPeriods.unshift({
    axis: track.axis,
    start: hole.start,
    end: hole.end,
    status: 'skipped',
    rows: 0,
    bytes: 0,
    attempts: hole.attempts,
    at: now,
  });
  state.ledger.push({
    projectId,
    integrationId,
    configVersion: state.configVersion,
    axis: track.axis,
    start: iso(hole.start),
    end: iso(hole.end),
    revision: 0,
    late: track.sweepHours === undefined ? '' : String(track.sweepHours),
    status: 'skipped',
    periods: hole.periods,
    attempts: hole.attempts,
    rows: 0,
    bytes: 0,
    files: 0,
    rejected: 0,
    durationMs: 0,
    manifestKey: '',
    error: `Skipped by ${move.actor}: ${move.reason}. Last error: ${hole.error}`,
    at: iso(now),
  });
}

function survey(entity: Entity, updatedBefore: number, eventFrom: number | undefined): Promise<HistoryOverview> {
  const input = { job: jobOf(entity), updatedBefore: iso(updatedBefore) };
  return controlOf(entity).surveyHistory(eventFrom === undefined ? input : { ...input, eventFrom: iso(eventFrom) });
}

function controlOf({ projectId, state }: Entity) {
  return small({
    attempts: state.config.tuning.activityAttempts,
    priority: priorityOf(projectId, 3),
    startToClose: '15 minutes',
  });
}
