/** What the query `state` returns: the state of an integration without secrets, in instants that people can read. */
import type { IntegrationConfig } from './config/integration.ts';
import { notesOf } from './config/notes.ts';
import { redact } from './config/secrets.ts';
import type { Failure } from './failures.ts';
import { cursorOf, type IntegrationState, type Status, statusOf, type Totals } from './integration-state.ts';
import { iso } from './period.ts';
import type { ReplayResult } from './rejected.ts';
import type { Schedule } from './schedule.ts';
import { exportedUpTo, type TrackState } from './track.ts';

export interface TrackView {
  id: string;
  purpose: TrackState['purpose'];
  axis: TrackState['axis'];
  from: string;
  to?: string;
  exportedUpTo: string;
  rowsDone: number;
  rowsExpected?: number;
  finished: boolean;
}

export interface HoleView {
  track: string;
  axis: TrackState['axis'];
  start: string;
  end: string;
  attempts: number;
  nextTry: string;
  error: string;
}

export interface IntegrationView {
  projectId: string;
  integrationId: string;
  status: Status;
  /** Secrets are replaced by ''. */
  config: IntegrationConfig;
  configVersion: number;
  /** What people must know of this configuration: limits of its sources and destination. */
  notes: string[];
  border?: string;
  /** "Data exported up to": event time while history is exported, then `updated_at`. */
  exportedUpTo?: string;
  /** All history is exported; live periods go on. */
  backfillDone: boolean;
  /** Backfill is done, nothing is running and no live period is due. */
  caughtUp: boolean;
  /** When the next live period is read. */
  nextPeriodAt?: string;
  tracks: TrackView[];
  holes: HoleView[];
  paused?: { since: string; reason: string; actor: string };
  blocked?: { since: string; failure: Failure; probes: number; nextProbe: string };
  lastError?: Failure & { at: string };
  totals: Totals;
  lastPeriods: Array<{
    axis: string;
    start: string;
    end: string;
    status: string;
    rows: number;
    bytes: number;
    attempts: number;
    at: string;
  }>;
  /** Rejected rows that are being sent again, and how the last time ended. */
  replay?: ReplayResult;
  lastReplay?: { at: string; result: ReplayResult; failure?: Failure };
  /** Cursor changes that wait until nothing is running. */
  queuedMoves: string[];
}

export function viewOf(
  ids: { projectId: string; integrationId: string },
  state: IntegrationState,
  schedule: Schedule,
  now: number,
): IntegrationView {
  const cursor = cursorOf(state.tracks);
  const { live } = schedule;
  const backfillDone =
    state.border !== undefined &&
    state.tracks.every((track) => track.purpose !== 'backfill' || exportedUpTo(track) >= (track.to ?? 0));
  const nextPeriodAt = live === undefined ? undefined : schedule.closesAt(live.nextEnd);
  const idle = !schedule.isBusy && schedule.holes === 0 && schedule.windows.every((window) => !window.hasPlanned);
  return {
    projectId: ids.projectId,
    integrationId: ids.integrationId,
    status: statusOf(state, schedule.isBusy),
    config: redact(state.config),
    notes: notesOf(state.config),
    configVersion: state.configVersion,
    ...(state.border === undefined ? {} : { border: iso(state.border) }),
    ...(cursor === undefined ? {} : { exportedUpTo: iso(cursor) }),
    backfillDone,
    caughtUp: backfillDone && idle && nextPeriodAt !== undefined && nextPeriodAt > now && state.blocked === undefined,
    ...(nextPeriodAt === undefined ? {} : { nextPeriodAt: iso(nextPeriodAt) }),
    tracks: state.tracks.map(trackView),
    holes: state.tracks.flatMap((track) =>
      track.holes.map((hole) => ({
        track: track.id,
        axis: track.axis,
        start: iso(hole.start),
        end: iso(hole.end),
        attempts: hole.attempts,
        nextTry: iso(hole.nextTry),
        error: hole.error,
      })),
    ),
    ...(state.paused === undefined ? {} : { paused: { ...state.paused, since: iso(state.paused.since) } }),
    ...(state.blocked === undefined
      ? {}
      : { blocked: { ...state.blocked, since: iso(state.blocked.since), nextProbe: iso(state.blocked.nextProbe) } }),
    ...(state.lastError === undefined ? {} : { lastError: { ...state.lastError, at: iso(state.lastError.at) } }),
    totals: { ...state.totals },
    lastPeriods: state.lastPeriods.map((period) => ({
      ...period,
      start: iso(period.start),
      end: iso(period.end),
      at: iso(period.at),
    })),
    ...(state.replay === undefined ? {} : { replay: state.replay.result }),
    ...(state.lastReplay === undefined ? {} : { lastReplay: { ...state.lastReplay, at: iso(state.lastReplay.at) } }),
    queuedMoves: state.moves.map((move) => move.kind),
  };
}

function trackView(track: TrackState): TrackView {
  return {
    id: track.id,
    purpose: track.purpose,
    axis: track.axis,
    from: iso(track.from),
    ...(track.to === undefined ? {} : { to: iso(track.to) }),
    exportedUpTo: iso(exportedUpTo(track)),
    rowsDone: track.rowsDone,
    ...(track.rowsExpected === undefined ? {} : { rowsExpected: track.rowsExpected }),
    finished: track.to !== undefined && exportedUpTo(track) >= track.to,
  };
}
