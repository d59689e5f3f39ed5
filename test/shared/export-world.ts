/** A table of rows and an integration that exports it, without Temporal and ClickHouse: the model that cursor moves are judged by. */
import type { HistoryOverview, Window } from '../../shared/activities.ts';
import {
  applyMove,
  borderAt,
  cadenceOf,
  EARLIEST_EVENT,
  firstTracks,
  LATEST_EVENT,
  moveStart,
  wantedFrom,
} from '../../shared/cursor-moves.ts';
import { type IntegrationState, initialState } from '../../shared/integration-state.ts';
import { type Cadence, iso } from '../../shared/period.ts';
import type { SpanRequest } from '../../shared/period-window.ts';
import { Schedule } from '../../shared/schedule.ts';
import { upgradeState } from '../../shared/stored-state.ts';
import { isFinished, neverExportedFrom, type TrackState, type WorkItem, windowOf } from '../../shared/track.ts';
import { configOf, throughJson } from './worlds.ts';

/** The newest version of a row; epoch ms. */
export interface Row {
  event: number;
  updated: number;
}

/** A window that was committed, with the rows that it held. */
export interface Commit {
  window: Window;
  track: string;
  rows: Row[];
}

const TIMING = { settle: 0, jitter: 0 };

/** What the source would answer: does the row belong to the window? */
export function belongs(row: Row, window: Window): boolean {
  const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
  if (window.axis === 'updated') {
    const eventFrom = window.eventFrom === undefined ? Number.NEGATIVE_INFINITY : Date.parse(window.eventFrom);
    return start <= row.updated && row.updated < end && row.event >= eventFrom;
  }
  const updatedBefore =
    window.updatedBefore === undefined ? Number.POSITIVE_INFINITY : Date.parse(window.updatedBefore);
  const inside = start <= row.event && (window.open === true || row.event < end);
  const before = window.beforeEpoch === true && row.event < EARLIEST_EVENT;
  return (inside || before) && row.updated < updatedBefore;
}

/** What the manifest of a window is told apart by. */
export function nameOf({ axis, start, end }: Window): string {
  return [axis, start, end].join(' ');
}

export class ExportWorld {
  readonly rows: readonly Row[];
  readonly commits: Commit[] = [];
  /** Rows that were not wanted any more at some time: they may be delivered again when they are wanted once more. */
  readonly withdrawn = new Set<Row>();
  now: number;
  state: IntegrationState;
  #schedule: Schedule;
  #chance = 1;

  constructor(rows: readonly Row[], now: number, config: Record<string, unknown>) {
    this.rows = rows;
    this.now = now;
    this.state = initialState(configOf({ tuning: { sweepHours: [] }, ...config }));
    const border = borderAt(now, cadenceOf(this.state.config));
    const eventFrom = wantedFrom(this.state.config, now);
    this.state.border = border;
    if (eventFrom !== undefined) this.state.eventFrom = eventFrom;
    this.state.tracks = firstTracks(this.state.config, border, eventFrom, this.#survey(border, eventFrom));
    this.#schedule = new Schedule(this.state.tracks, TIMING);
  }

  isWanted(row: Row): boolean {
    return row.event >= (this.state.eventFrom ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Exports for a while: at most `pieces` pieces of work, of which some fail.
   * @param seed decides which
   */
  run(milliseconds: number, pieces: number, seed = 0): void {
    this.now += milliseconds;
    this.#chance = seed;
    for (let left = pieces; left > 0; left--) {
      const item = this.#next();
      if (item === undefined) return;
      if (seed !== 0 && this.#random() < 0.3) this.#fail(item);
      else this.#commit(item);
    }
  }

  /** Exports everything that is closed at `now`, holes included. */
  finish(now = this.now): void {
    this.now = now;
    this.run(0, Number.POSITIVE_INFINITY);
    if (this.#schedule.holes > 0) throw new Error('holes are left');
  }

  regrid({ frequency, utcOffsetMinutes }: Cadence): void {
    this.state.config = { ...this.state.config, frequency, utcOffsetMinutes };
    this.#move(() => applyMove(this.state, { kind: 'regrid' }));
  }

  rewind(to: number): void {
    this.#move(() => applyMove(this.state, { kind: 'rewind', to }));
  }

  reexport(from: number, to: number): void {
    this.#move(() => applyMove(this.state, { kind: 'reexport', from, to }));
  }

  moveStart(config: { mode: 'FULL_HISTORY' | 'FROM_TODAY' | 'FROM_CUSTOM_DATE'; startDate?: string }): void {
    const eventFrom = wantedFrom(config, this.now);
    const before = this.state.eventFrom;
    const live = this.track('live');
    const earlier = before !== undefined && (eventFrom ?? Number.NEGATIVE_INFINITY) < before;
    if (eventFrom !== undefined && eventFrom > (before ?? Number.NEGATIVE_INFINITY))
      for (const row of this.rows) if (row.event < eventFrom) this.withdrawn.add(row);
    this.#move(() =>
      moveStart(this.state, eventFrom, earlier ? this.#survey(neverExportedFrom(live), eventFrom) : undefined),
    );
  }

  track(id: string): TrackState {
    const found = this.state.tracks.find((track) => track.id === id);
    if (found === undefined) throw new Error(`no track ${id}`);
    return found;
  }

  /** How often the row was delivered by these commits. */
  deliveries(row: Row, commits: readonly Commit[] = this.commits): number {
    return commits.filter(({ rows }) => rows.includes(row)).length;
  }

  /** What a reader of the bucket sees: of commits with the same name only the newest. */
  get manifests(): Commit[] {
    return [...new Map(this.commits.map((commit) => [nameOf(commit.window), commit])).values()];
  }

  /** As the entity does: only while nothing runs; then everything is derived anew from the state. */
  #move(apply: () => void): void {
    apply();
    this.state.tracks = this.state.tracks.filter((track) => track.purpose !== 'reexport' || !isFinished(track));
    this.state = upgradeState(throughJson(this.state), this.state.config);
    this.#schedule = new Schedule(this.state.tracks, TIMING);
  }

  #next(): WorkItem | undefined {
    for (;;) {
      const item = this.#schedule.take(this.now, { live: true, other: true, fresh: true });
      if (item !== undefined) return item;
      const plans = [...this.#schedule.toPlan(this.now)];
      if (plans.length === 0) return undefined;
      for (const { window, until } of plans) {
        const span = window.spanToPlan(until);
        if (span !== undefined) window.planned(span, this.#count(window.track, span));
        window.refresh();
      }
    }
  }

  #commit(item: WorkItem): void {
    const { track } = this.#schedule.window(item.track);
    const window = windowOf(track, item);
    const rows = this.rows.filter((row) => belongs(row, window));
    // A moved start can make a hole hold less than was planned, but what is planned as empty is committed without a look.
    if (rows.length > item.rows) throw new Error(`${item.rows} rows planned, ${rows.length} found`);
    this.#schedule.window(item.track).done(item, rows.length);
    this.commits.push({ window, track: item.track, rows });
  }

  #fail(item: WorkItem): void {
    const nextTry = this.now + 1;
    const attempts = item.attempts + 1;
    this.#schedule.window(item.track).failed(item, { attempts, nextTry, error: 'failed', leftover: [] });
  }

  #survey(updatedBefore: number, eventFrom = Number.NEGATIVE_INFINITY): HistoryOverview {
    const old = this.rows.filter(({ event, updated }) => updated < updatedBefore && event >= eventFrom);
    const inside = old.filter(({ event }) => event >= EARLIEST_EVENT && event < LATEST_EVENT);
    const overview = { rows: inside.length, outside: old.length - inside.length, sourceNow: iso(this.now) };
    return inside.length === 0
      ? overview
      : { ...overview, earliest: iso(Math.min(...inside.map(({ event }) => event))) };
  }

  /** As `planSpan`: rows of an open or outermost span that lie beyond it count to its last period. */
  #count(track: TrackState, span: SpanRequest): Array<[number, number]> {
    const window = windowOf(track, span);
    const last = Math.ceil((span.end - span.anchor) / span.length) - 1;
    const counts = new Map<number, number>();
    for (const row of this.rows.filter((candidate) => belongs(candidate, window))) {
      const instant = track.axis === 'event' ? row.event : row.updated;
      const inside = instant >= span.start && instant < span.end;
      const index = inside ? Math.floor((instant - span.anchor) / span.length) : last;
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    return [...counts];
  }

  /** Numbers that look random and are the same in every run of a seed. */
  #random(): number {
    this.#chance = (this.#chance * 16_807 + 1) % 2_147_483_647;
    return this.#chance / 2_147_483_647;
  }
}
