/** How tracks come into being and how they are moved: first activation, rewind, re-export, changes of frequency and of the start date. Pure. */
import type { HistoryOverview } from './activities.ts';
import { type IntegrationConfig, startDateOf } from './config/integration.ts';
import { changeGrid, type Grid, periodAt, segmentAt } from './grid.ts';
import type { CursorMove, IntegrationState } from './integration-state.ts';
import { type Cadence, DAY, floorTo, HOUR } from './period.ts';
import { exportedUpTo, type TrackState } from './track.ts';

/** Rows whose ingestion stalls become visible up to 48 h late; behind this border nothing is expected to change its place any more. */
const BORDER_AGE = 72 * HOUR;
/** Event times that primary-key analysis handles right: [1970-01-02, 2106-01-01). */
export const EARLIEST_EVENT = DAY;
export const LATEST_EVENT = Date.UTC(2106, 0, 1);

/** T0: the instant that divides backfill from live. */
export function borderAt(now: number, cadence: Cadence): number {
  return floorTo(cadence, now - BORDER_AGE);
}

export function cadenceOf(config: Pick<IntegrationConfig, 'frequency' | 'utcOffsetMinutes'>): Cadence {
  return { frequency: config.frequency, utcOffsetMinutes: config.utcOffsetMinutes };
}

/** From which event time on rows are wanted; undefined = all history. "Today" is the UTC day of `now`. */
export function wantedFrom(config: Pick<IntegrationConfig, 'mode' | 'startDate'>, now: number): number | undefined {
  if (config.mode === 'FULL_HISTORY') return undefined;
  return config.mode === 'FROM_TODAY' ? Math.floor(now / DAY) * DAY : startDateOf(config);
}

/** The tracks of a first activation. */
export function firstTracks(
  config: IntegrationConfig,
  border: number,
  eventFrom: number | undefined,
  history: HistoryOverview,
): TrackState[] {
  const cadence = cadenceOf(config);
  const grid: Grid = [{ from: border, cadence, ...(eventFrom === undefined ? {} : { eventFrom }) }];
  const live: TrackState = {
    id: 'live',
    purpose: 'live',
    axis: 'updated',
    grid,
    from: border,
    frontier: border,
    holes: [],
    rowsDone: 0,
  };
  const sweeps = config.tuning.sweepHours.map((hours): TrackState => sweepTrack(live, hours));
  const backfill = backfillTrack('backfill-0', cadence, history, { eventFrom, before: border, to: border, open: true });
  return [live, ...(backfill === undefined ? [] : [backfill]), ...sweeps];
}

function sweepTrack(live: TrackState, hours: number): TrackState {
  return { ...live, id: `sweep-${hours}h`, purpose: 'sweep', sweepHours: hours, holes: [] };
}

/**
 * A strip of history, or undefined when there is nothing in it.
 * @param range `before`: only rows updated before this; `to`: end of the strip, rounded to the next bound when it would be empty.
 */
export function backfillTrack(
  id: string,
  cadence: Cadence,
  history: HistoryOverview,
  range: { eventFrom: number | undefined; before: number; to: number; open: boolean },
): TrackState | undefined {
  if (history.rows + history.outside === 0) return undefined;
  const earliest = history.earliest === undefined ? range.to : Date.parse(history.earliest);
  if (earliest >= range.to && history.outside === 0 && !range.open) return undefined;
  const lastStart = floorTo(cadence, range.to - 1);
  const from = Math.max(range.eventFrom ?? floorTo(cadence, Math.min(earliest, lastStart)), EARLIEST_EVENT);
  const to = from < range.to ? range.to : periodAt([{ from, cadence }], from).end;
  return {
    id,
    purpose: 'backfill',
    axis: 'event',
    grid: [{ from, cadence }],
    from,
    to,
    frontier: from,
    holes: [],
    updatedBefore: range.before,
    ...(range.open ? { open: true } : {}),
    ...(range.eventFrom === undefined ? { beforeEpoch: true } : {}),
    rowsExpected: history.rows + history.outside,
    rowsDone: 0,
  };
}

/** Applies a move that needs no look at the source. */
export function applyMove(
  state: IntegrationState,
  move: Exclude<CursorMove, { kind: 'start' | 'restart' | 'skip' }>,
): void {
  switch (move.kind) {
    case 'rewind':
      for (const track of state.tracks) rewind(track, move.to);
      return;
    case 'reexport':
      for (const track of state.tracks.filter(({ purpose }) => purpose === 'live' || purpose === 'backfill')) {
        const again = reexportTrack(track, move, `reexport-${state.nextTrack}`);
        if (again === undefined) continue;
        state.tracks.push(again);
        state.nextTrack += 1;
      }
      return;
    case 'regrid':
      regrid(state);
  }
}

/** Live and backfill begin again at the period that contains `to`; sweeps follow the live part back. */
function rewind(track: TrackState, to: number): void {
  if (track.purpose === 'reexport' || to >= track.frontier) return;
  const start = to <= track.from ? track.from : Math.max(track.from, periodAt(track.grid, to).start);
  track.frontier = start;
  track.holes = track.holes.filter((hole) => hole.start < start);
  if (track.purpose === 'backfill') track.rowsDone = 0;
}

/** The part of `track` that lies in the range and has been handed out already, as a track of its own. */
function reexportTrack(track: TrackState, range: { from: number; to: number }, id: string): TrackState | undefined {
  const from = Math.max(track.from, range.from <= track.from ? track.from : periodAt(track.grid, range.from).start);
  // A range that ends inside a period takes the whole period; what has not been exported at all is left to its own track.
  const reach = range.to >= track.frontier ? track.frontier : periodAt(track.grid, range.to - 1).end;
  const to = Math.min(track.frontier, reach);
  if (from >= to) return undefined;
  const { open, beforeEpoch, rowsExpected, ...rest } = structuredCopy(track);
  const tail = to === track.to ? { ...(open ? { open } : {}), ...(beforeEpoch ? { beforeEpoch } : {}) } : {};
  return { ...rest, ...tail, id, purpose: 'reexport', from, to, frontier: from, holes: [], rowsDone: 0 };
}

function structuredCopy(track: TrackState): TrackState {
  return { ...track, grid: track.grid.map((segment) => ({ ...segment })) };
}

/** From its frontier on, each track follows the new cadence; sweeps keep step with the live grid. */
function regrid(state: IntegrationState): void {
  const cadence = cadenceOf(state.config);
  for (const track of state.tracks) {
    if (track.purpose === 'live' || track.purpose === 'backfill') {
      const eventFrom = track.grid.at(-1)?.eventFrom;
      track.grid = changeGrid(track.grid, track.frontier, {
        cadence,
        ...(eventFrom === undefined ? {} : { eventFrom }),
      });
    }
  }
  followLive(state);
}

/** Sweeps look at the very windows that the live part exported. */
function followLive(state: IntegrationState): void {
  const live = state.tracks.find(({ purpose }) => purpose === 'live');
  if (live === undefined) return;
  for (const track of state.tracks) if (track.purpose === 'sweep') track.grid = live.grid;
}

/**
 * A new start date. Earlier: a strip for the stretch that nobody asked for before. Later: what is not exported yet and lies before it is dropped.
 * @param eventFrom the new start, undefined for all history
 * @param history of the stretch between the new and the old start; needed only when the start moves back
 */
export function moveStart(
  state: IntegrationState,
  eventFrom: number | undefined,
  history: HistoryOverview | undefined,
): void {
  const live = state.tracks.find(({ purpose }) => purpose === 'live');
  const before = state.eventFrom;
  if (live === undefined) return;
  const cadence = cadenceOf(state.config);
  if (before !== undefined && history !== undefined && (eventFrom ?? Number.NEGATIVE_INFINITY) < before) {
    const strip = backfillTrack(`backfill-${state.nextTrack}`, cadence, history, {
      eventFrom,
      before: live.frontier,
      to: before,
      open: false,
    });
    if (strip !== undefined) state.tracks.push(strip);
    state.nextTrack += 1;
  }
  if (eventFrom !== undefined) {
    state.tracks = state.tracks.filter(
      (track) => track.purpose !== 'backfill' || (track.to ?? 0) > eventFrom || isDone(track),
    );
    for (const track of state.tracks)
      if (track.purpose === 'backfill' && track.frontier < eventFrom) track.frontier = eventFrom;
  }
  live.grid = wantFrom(live.grid, live.frontier, eventFrom);
  followLive(state);
  if (eventFrom === undefined) delete state.eventFrom;
  else state.eventFrom = eventFrom;
}

/** The same cadences, but from `instant` on rows are wanted from `eventFrom`. */
function wantFrom(grid: Grid, instant: number, eventFrom: number | undefined): Grid {
  const past = grid.filter(({ from }) => from < instant);
  const future = grid.filter(({ from }) => from > instant);
  const present = { from: instant, cadence: segmentAt(grid, instant).segment.cadence };
  const wanted = [present, ...future].map(({ from, cadence }) =>
    eventFrom === undefined ? { from, cadence } : { from, cadence, eventFrom },
  );
  return [...past, ...wanted];
}

function isDone(track: TrackState): boolean {
  return exportedUpTo(track) >= (track.to ?? Number.POSITIVE_INFINITY);
}
