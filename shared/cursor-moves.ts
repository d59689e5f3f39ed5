/** How tracks come into being and how they are moved: first activation, rewind, re-export, changes of frequency and of the start date. Pure. */
import type { HistoryOverview } from './activities.ts';
import { type IntegrationConfig, startDateOf } from './config/integration.ts';
import { changeGrid, type Grid, periodAt, segmentAt } from './grid.ts';
import type { CursorMove, IntegrationState } from './integration-state.ts';
import { type Cadence, DAY, floorTo, HOUR } from './period.ts';
import { neverExportedFrom, type TrackState } from './track.ts';

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

/**
 * From which event time on rows are wanted; undefined = all history, which is also what a date before all usable event times means.
 * "Today" is the UTC day of `now`.
 */
export function wantedFrom(config: Pick<IntegrationConfig, 'mode' | 'startDate'>, now: number): number | undefined {
  if (config.mode === 'FULL_HISTORY') return undefined;
  const from = config.mode === 'FROM_TODAY' ? Math.floor(now / DAY) * DAY : startDateOf(config);
  return from !== undefined && from <= EARLIEST_EVENT ? undefined : from;
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
  const { id, axis, grid, frontier } = { ...live, id: `sweep-${hours}h` };
  return { id, purpose: 'sweep', axis, grid, from: frontier, frontier, holes: [], sweepHours: hours, rowsDone: 0 };
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
    // The survey has no upper bound, so it says nothing about a strip that has one.
    ...(range.open ? { rowsExpected: history.rows + history.outside } : {}),
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
  const start = pieceFrom(track, to);
  if (start >= track.frontier) return;
  // How many rows of the backfill lie before it is not known: assume that they are spread evenly.
  if (track.purpose === 'backfill')
    track.rowsDone = Math.round((track.rowsDone * (start - track.from)) / (track.frontier - track.from));
  track.reached = neverExportedFrom(track);
  track.frontier = start;
  track.holes = track.holes.filter((hole) => hole.start < start);
}

/**
 * Start of the period of `track` that contains `instant`; its first period for all that lies before. A hole that is a run of empty
 * periods is one piece.
 */
function pieceFrom(track: TrackState, instant: number): number {
  const start = instant <= track.from ? track.from : Math.max(track.from, periodAt(track.grid, instant).start);
  return track.holes.find((hole) => hole.start < start && start < hole.end)?.start ?? start;
}

/** The part of `track` that lies in the range and has been handed out already, as a track of its own. */
function reexportTrack(track: TrackState, range: { from: number; to: number }, id: string): TrackState | undefined {
  if (range.to <= track.from) return undefined;
  const from = pieceFrom(track, range.from);
  // A range that ends inside a period takes the whole period; what has not been exported at all is left to its own track.
  const reach = range.to >= track.frontier ? track.frontier : periodAt(track.grid, range.to - 1).end;
  const to = Math.min(track.frontier, reach);
  if (from >= to) return undefined;
  const { open, beforeEpoch, rowsExpected, reached, ...rest } = structuredCopy(track);
  const tail = to === track.to ? { ...(open ? { open } : {}), ...(beforeEpoch ? { beforeEpoch } : {}) } : {};
  return { ...rest, ...tail, id, purpose: 'reexport', from, to, frontier: from, holes: [], rowsDone: 0 };
}

function structuredCopy(track: TrackState): TrackState {
  return { ...track, grid: track.grid.map((segment) => ({ ...segment })) };
}

/** Each track follows the new cadence from where nothing was exported yet; sweeps keep step with the live grid. */
function regrid(state: IntegrationState): void {
  const cadence = cadenceOf(state.config);
  for (const track of state.tracks) {
    if (track.purpose === 'live' || track.purpose === 'backfill') {
      const eventFrom = track.grid.at(-1)?.eventFrom;
      track.grid = changeGrid(track.grid, neverExportedFrom(track), {
        cadence,
        ...(eventFrom === undefined ? {} : { eventFrom }),
      });
    }
  }
  followLive(state);
}

/** There is one sweep for each of the configured hours; they look at the very windows that the live part exported. */
function followLive(state: IntegrationState): void {
  const live = state.tracks.find(({ purpose }) => purpose === 'live');
  if (live === undefined) return;
  const sweeps = state.config.tuning.sweepHours.map((hours): TrackState => {
    const present = state.tracks.find((track) => track.purpose === 'sweep' && track.sweepHours === hours);
    return present === undefined ? sweepTrack(live, hours) : { ...present, grid: live.grid };
  });
  state.tracks = [...state.tracks.filter(({ purpose }) => purpose !== 'sweep'), ...sweeps];
}

/**
 * A new start date. Earlier: a strip for the stretch that nobody asked for before. Later: what is not exported yet and lies before it is dropped.
 * @param eventFrom the new start, undefined for all history
 * @param history of rows from the new start on, updated before `neverExportedFrom(live)`; needed only when the start moves back
 */
export function moveStart(
  state: IntegrationState,
  eventFrom: number | undefined,
  history: HistoryOverview | undefined,
): void {
  const live = state.tracks.find(({ purpose }) => purpose === 'live');
  const before = state.eventFrom;
  if (live === undefined || eventFrom === before) return;
  const cadence = cadenceOf(state.config);
  const changes = neverExportedFrom(live);
  if (before !== undefined && history !== undefined && (eventFrom ?? Number.NEGATIVE_INFINITY) < before) {
    const strip = backfillTrack(`backfill-${state.nextTrack}`, cadence, history, {
      eventFrom,
      before: changes,
      to: before,
      open: false,
    });
    if (strip !== undefined) state.tracks.push(strip);
    state.nextTrack += 1;
  }
  if (eventFrom !== undefined) {
    for (const track of state.tracks) if (track.purpose === 'backfill') beginLater(track, eventFrom);
    state.tracks = state.tracks.filter((track) => track.purpose !== 'backfill' || track.from < (track.to ?? 0));
  }
  live.grid = wantFrom(live.grid, changes, eventFrom);
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

/** Drops what lies before `instant` from a strip of backfill; a strip that ends before it is left empty. */
function beginLater(track: TrackState, instant: number): void {
  delete track.beforeEpoch;
  const { to = instant } = track;
  // The period to which rows of any later event time belong stays, and so does all of a period that is committed.
  const last = track.open ? pieceFrom(track, to - 1) : to;
  const start = pieceFrom(track, instant);
  const committed = start < neverExportedFrom(track) ? start : instant;
  track.from = Math.max(track.from, Math.min(instant < last ? committed : last, last));
  track.frontier = Math.max(track.frontier, track.from);
  track.holes = track.holes.filter((hole) => hole.end > track.from);
}
