/** A track is one ordered run over periods: the live part, a strip of backfill, a range that is exported again, or a late sweep. Plain JSON. */
import type { Window } from './activities.ts';
import { type Grid, segmentAt } from './grid.ts';
import { type Axis, iso, type Period } from './period.ts';

/** A period that failed, or was cancelled, and will be tried again; the periods behind it go on. */
export interface Hole extends Period {
  /** How many periods it stands for: more than 1 for a run of empty ones. */
  periods: number;
  /** Expected rows, from the planning query. */
  rows: number;
  /** Failed attempts so far; 0 after a cancel. */
  attempts: number;
  /** Epoch ms. */
  nextTry: number;
  error: string;
  /** Part names that a failed attempt may have left in the bucket. */
  leftover: string[];
}

export interface TrackState {
  id: string;
  purpose: 'live' | 'backfill' | 'reexport' | 'sweep';
  axis: Axis;
  grid: Grid;
  /** First instant (epoch ms) of the track. */
  from: number;
  /** End; absent for a track that follows the clock. */
  to?: number;
  /** Everything before it is done except the holes. */
  frontier: number;
  /** How far the frontier had come before it was moved back; periods before it are committed and must not be cut anew. */
  reached?: number;
  holes: Hole[];
  /** Event axis: only rows with `updated_at` before this. */
  updatedBefore?: number;
  /** The last period takes rows of any later event time too. */
  open?: true;
  /** The last period takes rows from before 1970-01-02 too. */
  beforeEpoch?: true;
  /** Sweep: hours after a period's end. */
  sweepHours?: number;
  /** Sweep: starts of periods that were skipped in the live track. */
  skipped?: number[];
  /** Rows that planning expects in the whole track, and rows delivered. */
  rowsExpected?: number;
  rowsDone: number;
}

/** One thing to do: export a period, or commit a run of empty ones. */
export interface WorkItem extends Period {
  track: string;
  periods: number;
  rows: number;
  /** Failed attempts before this one. */
  attempts: number;
  leftover: string[];
  /** From a hole, not from the frontier. */
  retry: boolean;
}

/** The rows that a piece of work is about, in the words of activities. */
export function windowOf(track: TrackState, period: Period): Window {
  const window: Window = { axis: track.axis, start: iso(period.start), end: iso(period.end) };
  if (track.axis === 'event') {
    if (track.updatedBefore !== undefined) window.updatedBefore = iso(track.updatedBefore);
    if (period.end === track.to && track.open) window.open = true;
    if (period.end === track.to && track.beforeEpoch) window.beforeEpoch = true;
    return window;
  }
  const { eventFrom } = segmentAt(track.grid, period.start).segment;
  if (eventFrom !== undefined) window.eventFrom = iso(eventFrom);
  if (track.sweepHours !== undefined) window.late = track.sweepHours;
  return window;
}

/** True for a period that was handed out before: a rewind or a re-export does it again. */
export function isDoneAgain(track: TrackState, start: number): boolean {
  return track.purpose === 'reexport' || start < (track.reached ?? Number.NEGATIVE_INFINITY);
}

/** Where periods begin that were never handed out: from there on they may be cut in another way. */
export function neverExportedFrom(track: Pick<TrackState, 'frontier' | 'reached'>): number {
  return Math.max(track.frontier, track.reached ?? track.frontier);
}

/** Everything before this instant is done without exception. */
export function exportedUpTo(track: Pick<TrackState, 'frontier' | 'holes'>): number {
  return track.holes.reduce((least, hole) => Math.min(least, hole.start), track.frontier);
}

export function isFinished(track: TrackState): boolean {
  return track.to !== undefined && track.frontier >= track.to && track.holes.length === 0;
}
