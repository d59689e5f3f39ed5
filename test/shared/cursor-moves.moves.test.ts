import { describe, expect, it } from 'vitest';
import type { HistoryOverview } from '../../shared/activities.ts';
import { applyMove, moveStart } from '../../shared/cursor-moves.ts';
import { type IntegrationState, initialState } from '../../shared/integration-state.ts';
import { type Cadence, DAY, HOUR, iso } from '../../shared/period.ts';
import type { Hole, TrackState } from '../../shared/track.ts';
import { ExportWorld, type Row } from './export-world.ts';
import { configOf, hourlyGrid, NOW, trackOf } from './worlds.ts';

const T0 = Date.UTC(2026, 2, 1);
const day = (n: number) => Date.UTC(2026, 1, n);

const daily: Cadence = { frequency: 'daily', utcOffsetMinutes: 0 };

function hole(start: number, changes: Partial<Hole> = {}): Hole {
  return {
    start,
    end: start + HOUR,
    periods: 1,
    rows: 5,
    attempts: 1,
    nextTry: 0,
    error: 'x',
    leftover: [],
    ...changes,
  };
}

/** Hourly, with ten days of backfill of which six are done, and two days of live. */
function stateOf(
  changes: { live?: Partial<TrackState>; backfill?: Partial<TrackState>; sweep?: Partial<TrackState> } = {},
) {
  const live = trackOf({
    id: 'live',
    purpose: 'live',
    axis: 'updated',
    from: T0,
    frontier: T0 + 2 * DAY,
    ...changes.live,
  });
  const sweep = {
    ...live,
    id: 'sweep-2h',
    purpose: 'sweep' as const,
    sweepHours: 2,
    frontier: T0 + DAY,
    ...changes.sweep,
  };
  const backfill = trackOf({
    from: T0 - 10 * DAY,
    to: T0,
    frontier: T0 - 4 * DAY,
    updatedBefore: T0,
    open: true,
    beforeEpoch: true,
    rowsDone: 600,
    rowsExpected: 1_000,
    ...changes.backfill,
  });
  const state: IntegrationState = initialState(configOf({ frequency: 'hourly', tuning: { sweepHours: [2] } }));
  return { ...state, border: T0, tracks: [live, backfill, sweep] };
}

function find(state: IntegrationState, id: string): TrackState {
  const track = state.tracks.find((candidate) => candidate.id === id);
  if (track === undefined) throw new Error(`no ${id}`);
  return track;
}

describe('rewind', () => {
  it('goes back to the start of the period that holds the instant, in every track that has come further', () => {
    const state = stateOf();
    applyMove(state, { kind: 'rewind', to: T0 - 5 * DAY + 90_000 });
    expect(state.tracks.map(({ id, frontier }) => [id, iso(frontier)])).toEqual([
      ['live', iso(T0)],
      ['backfill-0', iso(T0 - 5 * DAY)],
      ['sweep-2h', iso(T0)],
    ]);
  });

  it('leaves alone what has not come that far, and never goes before the first period', () => {
    const state = stateOf();
    applyMove(state, { kind: 'rewind', to: T0 + 30 * HOUR + 5 });
    expect(find(state, 'live').frontier).toBe(T0 + 30 * HOUR);
    expect(find(state, 'backfill-0').frontier).toBe(T0 - 4 * DAY);
    expect(find(state, 'sweep-2h').frontier).toBe(T0 + DAY);
    applyMove(state, { kind: 'rewind', to: 0 });
    expect(find(state, 'backfill-0')).toMatchObject({ frontier: T0 - 10 * DAY, rowsDone: 0 });
    expect(find(state, 'live').frontier).toBe(T0);
  });

  it('forgets the holes behind it, which come again as fresh periods, and keeps those before it', () => {
    const holes = [hole(T0 + HOUR), hole(T0 + 5 * HOUR), hole(T0 + 9 * HOUR)];
    const state = stateOf({ live: { holes } });
    applyMove(state, { kind: 'rewind', to: T0 + 5 * HOUR });
    expect(find(state, 'live').holes.map(({ start }) => start)).toEqual([T0 + HOUR]);
  });

  it('takes a hole that is a run of empty periods as one piece', () => {
    const run = hole(T0 + HOUR, { end: T0 + 9 * HOUR, periods: 8, rows: 0 });
    const state = stateOf({ live: { holes: [run] } });
    applyMove(state, { kind: 'rewind', to: T0 + 5 * HOUR });
    expect(find(state, 'live')).toMatchObject({ frontier: T0 + HOUR, holes: [] });
  });

  it('uses the grid of that time', () => {
    const grid = [...hourlyGrid(T0), { from: T0 + DAY, cadence: daily }];
    const state = stateOf({ live: { grid, frontier: T0 + 6 * DAY } });
    applyMove(state, { kind: 'rewind', to: T0 + 3 * DAY + HOUR });
    expect(find(state, 'live').frontier).toBe(T0 + 3 * DAY);
    applyMove(state, { kind: 'rewind', to: T0 + 90 * 60_000 });
    expect(find(state, 'live').frontier).toBe(T0 + HOUR);
  });

  it('guesses how many rows of the backfill are still done', () => {
    const state = stateOf();
    applyMove(state, { kind: 'rewind', to: T0 - 7 * DAY });
    expect(find(state, 'backfill-0').rowsDone).toBe(300);
    const untouched = stateOf({ backfill: { frontier: T0 - 10 * DAY, rowsDone: 0 } });
    applyMove(untouched, { kind: 'rewind', to: 0 });
    expect(find(untouched, 'backfill-0').rowsDone).toBe(0);
  });

  it('is not re-cut by a change of frequency that follows it', () => {
    const state = stateOf();
    applyMove(state, { kind: 'rewind', to: T0 + 5 * HOUR });
    state.config = configOf({ frequency: 'daily' });
    applyMove(state, { kind: 'regrid' });
    expect(find(state, 'live').grid.map(({ from }) => from)).toEqual([T0, T0 + 2 * DAY]);
    expect(find(state, 'backfill-0').grid.map(({ from }) => from)).toEqual([T0 - 10 * DAY, T0 - 4 * DAY]);
  });
});

describe('re-export', () => {
  const again = (state: IntegrationState, from: number, to: number) => {
    applyMove(state, { kind: 'reexport', from, to });
    return state.tracks.filter(({ purpose }) => purpose === 'reexport');
  };

  it('takes the whole periods of a range, as a track of its own', () => {
    const state = stateOf();
    const [track, ...others] = again(state, T0 + 5 * HOUR + 1, T0 + 7 * HOUR + 1);
    expect(others).toEqual([]);
    expect(track).toMatchObject({
      id: 'reexport-1',
      axis: 'updated',
      from: T0 + 5 * HOUR,
      to: T0 + 8 * HOUR,
      frontier: T0 + 5 * HOUR,
      rowsDone: 0,
    });
    expect(again(state, T0, T0 + HOUR).map(({ id }) => id)).toEqual(['reexport-1', 'reexport-2']);
  });

  it('ends before a period that begins where the range ends', () => {
    expect(again(stateOf(), T0 + 5 * HOUR, T0 + 6 * HOUR)[0]).toMatchObject({ from: T0 + 5 * HOUR, to: T0 + 6 * HOUR });
  });

  it('reaches over tracks: event time in the backfill, time of change in the live part', () => {
    const state = stateOf({ backfill: { frontier: T0 } });
    const tracks = again(state, T0 - DAY, T0 + DAY);
    expect(tracks.map(({ axis, from, to }) => [axis, from, to])).toEqual([
      ['updated', T0, T0 + DAY],
      ['event', T0 - DAY, T0],
    ]);
  });

  it('touches nothing that was not exported yet', () => {
    const tracks = again(stateOf(), T0 - 5 * DAY, T0 + 90 * DAY);
    expect(tracks.map(({ from, to }) => [from, to])).toEqual([
      [T0, T0 + 2 * DAY],
      [T0 - 5 * DAY, T0 - 4 * DAY],
    ]);
    expect(again(stateOf(), T0 - 3 * DAY, T0)).toEqual([]);
  });

  it('takes no period of a clipped track that ends before the track begins', () => {
    const state = stateOf({
      backfill: { grid: [{ from: T0 - 10 * DAY, cadence: daily }], from: T0 - 10 * DAY + 5 * HOUR },
    });
    expect(again(state, T0 - 20 * DAY, T0 - 10 * DAY + HOUR)).toEqual([]);
    expect(again(state, T0 - 20 * DAY, T0 - 10 * DAY + 6 * HOUR)[0]).toMatchObject({
      from: T0 - 10 * DAY + 5 * HOUR,
      to: T0 - 9 * DAY,
    });
  });

  it('is open to both sides only where it holds the last period', () => {
    const done = { backfill: { frontier: T0 } };
    expect(again(stateOf(done), T0 - DAY, T0)[0]).toMatchObject({ open: true, beforeEpoch: true, updatedBefore: T0 });
    const [inner] = again(stateOf(done), T0 - DAY, T0 - HOUR);
    expect(inner).not.toHaveProperty('open');
    expect(inner).not.toHaveProperty('beforeEpoch');
    expect(inner).not.toHaveProperty('rowsExpected');
  });
});

describe('a new frequency', () => {
  it('rules live, backfill and sweeps, each from where nothing was exported yet', () => {
    const state = stateOf();
    state.config = configOf({ frequency: 'daily', tuning: { sweepHours: [2] } });
    applyMove(state, { kind: 'regrid' });
    expect(find(state, 'live').grid.at(-1)).toEqual({ from: T0 + 2 * DAY, cadence: daily });
    expect(find(state, 'backfill-0').grid.at(-1)).toEqual({ from: T0 - 4 * DAY, cadence: daily });
    expect(find(state, 'sweep-2h').grid).toEqual(find(state, 'live').grid);
  });

  it('keeps the start date of the live part', () => {
    const grid = hourlyGrid(T0).map((segment) => ({ ...segment, eventFrom: day(1) }));
    const state = stateOf({ live: { grid } });
    state.config = configOf({ frequency: 'daily' });
    applyMove(state, { kind: 'regrid' });
    expect(find(state, 'live').grid.map(({ eventFrom }) => eventFrom)).toEqual([day(1), day(1)]);
  });

  it('takes up changed hours of the late sweeps', () => {
    const state = stateOf({ sweep: { holes: [hole(T0)] }, live: { rowsDone: 77 } });
    state.config = configOf({ frequency: 'hourly', tuning: { sweepHours: [2, 5] } });
    applyMove(state, { kind: 'regrid' });
    expect(find(state, 'sweep-2h')).toMatchObject({ frontier: T0 + DAY, holes: [{ start: T0 }] });
    expect(find(state, 'sweep-5h')).toMatchObject({
      from: T0 + 2 * DAY,
      frontier: T0 + 2 * DAY,
      holes: [],
      rowsDone: 0,
    });
    state.config = configOf({ frequency: 'hourly', tuning: { sweepHours: [5] } });
    applyMove(state, { kind: 'regrid' });
    expect(state.tracks.map(({ id }) => id)).toEqual(['live', 'backfill-0', 'sweep-5h']);
  });
});

describe('a new start date', () => {
  const history: HistoryOverview = { rows: 9, outside: 0, earliest: iso(day(3)), sourceNow: iso(NOW) };

  it('further back adds a strip up to the old one, of what was updated before live takes over', () => {
    const state = { ...stateOf(), eventFrom: day(10) };
    moveStart(state, day(5), history);
    expect(find(state, 'backfill-1')).toMatchObject({
      from: day(5),
      to: day(10),
      frontier: day(5),
      updatedBefore: T0 + 2 * DAY,
    });
    expect(find(state, 'backfill-1')).not.toHaveProperty('open');
    expect(find(state, 'backfill-1')).not.toHaveProperty('rowsExpected');
    expect(find(state, 'live').grid.at(-1)).toMatchObject({ from: T0 + 2 * DAY, eventFrom: day(5) });
    expect(find(state, 'sweep-2h').grid).toEqual(find(state, 'live').grid);
    expect(state).toMatchObject({ eventFrom: day(5), nextTrack: 2 });
  });

  it('to all history takes rows from before 1970 too, and ends there', () => {
    const state: IntegrationState = { ...stateOf(), eventFrom: day(10) };
    moveStart(state, undefined, history);
    expect(find(state, 'backfill-1')).toMatchObject({ from: day(3), to: day(10), beforeEpoch: true });
    expect(state.eventFrom).toBeUndefined();
    expect(find(state, 'live').grid.at(-1)).not.toHaveProperty('eventFrom');
  });

  it('adds no strip where there is no row', () => {
    for (const none of [
      { ...history, rows: 0 },
      { ...history, earliest: iso(day(12)) },
    ]) {
      const state = { ...stateOf(), eventFrom: day(10) };
      moveStart(state, day(5), none);
      expect(state.tracks).toHaveLength(3);
      expect(find(state, 'live').grid.at(-1)?.eventFrom).toBe(day(5));
    }
  });

  it('later drops what was not exported and lies before it, with the holes', () => {
    const state = stateOf({ backfill: { holes: [hole(T0 - 9 * DAY), hole(T0 - 5 * DAY)] } });
    moveStart(state, T0 - 2 * DAY + 5, undefined);
    expect(find(state, 'backfill-0')).toMatchObject({ from: T0 - 2 * DAY + 5, frontier: T0 - 2 * DAY + 5, holes: [] });
    expect(find(state, 'backfill-0')).not.toHaveProperty('beforeEpoch');
  });

  it('later leaves what was exported as it was cut', () => {
    const state = stateOf({ backfill: { holes: [hole(T0 - 9 * DAY), hole(T0 - 5 * DAY)] } });
    moveStart(state, T0 - 6 * DAY + 5, undefined);
    const backfill = find(state, 'backfill-0');
    expect(backfill).toMatchObject({ from: T0 - 6 * DAY, frontier: T0 - 4 * DAY });
    expect(backfill.holes.map(({ start }) => start)).toEqual([T0 - 5 * DAY]);
  });

  it('behind the border keeps the last period, to which rows dated in the future belong', () => {
    const state = stateOf();
    moveStart(state, T0 + DAY, undefined);
    expect(find(state, 'backfill-0')).toMatchObject({ from: T0 - HOUR, frontier: T0 - HOUR, to: T0, open: true });
  });

  it('behind a strip drops the strip', () => {
    const state = { ...stateOf(), eventFrom: day(10) };
    moveStart(state, day(5), history);
    moveStart(state, day(15), undefined);
    expect(state.tracks.map(({ id }) => id)).toEqual(['live', 'backfill-0', 'sweep-2h']);
  });

  it('that is the old one changes nothing', () => {
    const state = { ...stateOf(), eventFrom: day(10) };
    const before = JSON.stringify(state);
    moveStart(state, day(10), undefined);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('waits for the first activation', () => {
    const state = initialState(configOf());
    moveStart(state, day(1), history);
    expect(state).toEqual(initialState(configOf()));
  });

  it('does not give live what a strip holds already when live was moved back in between', () => {
    const row: Row = { event: day(10), updated: T0 + 5 * HOUR };
    const world = new ExportWorld([row], NOW, { frequency: 'hourly', mode: 'FROM_TODAY' });
    world.finish();
    world.moveStart({ mode: 'FROM_CUSTOM_DATE', startDate: '2026-02-05' });
    world.rewind(T0);
    world.moveStart({ mode: 'FROM_CUSTOM_DATE', startDate: '2026-02-01' });
    world.finish(NOW + DAY);
    expect(world.deliveries(row)).toBe(1);
  });
});
