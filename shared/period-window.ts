import { periodAt, segmentAt } from './grid.ts';
import { type Period, stepsOf } from './period.ts';
import { exportedUpTo, type Hole, type TrackState, type WorkItem } from './track.ts';

/** A planning query covers this many periods at first; twice as many each time it finds next to nothing. */
const FIRST_SPAN = 500;
const LAST_SPAN = 32_000;
/** A planned span is sparse, and the next one is doubled, when fewer than one in this many of its periods has rows. */
const SPARSE = 10;

/** A stretch of periods of equal length to be counted: period n is `[anchor + n × length, anchor + (n + 1) × length)`. */
export interface SpanRequest extends Period {
  anchor: number;
  length: number;
}

/**
 * Hands out the periods of one track and remembers what became of them.
 *
 * A period is: not planned yet → planned (its rows are counted) → taken → done, or a hole → taken again → done or skipped.
 * Neighbouring periods without rows are one piece of work. The frontier is the first period that is not yet done or a hole; what is taken
 * and planned lives only here, so a window may be thrown away whenever nothing is taken.
 */
export class PeriodWindow {
  readonly track: TrackState;
  #planned: WorkItem[] = [];
  #taken = new Map<number, WorkItem>();
  #planCursor: number;
  #span = FIRST_SPAN;

  constructor(track: TrackState) {
    this.track = track;
    this.#planCursor = track.frontier;
  }

  /**
   * What to count next, or undefined when there is nothing (more) to plan now.
   * @param until only periods that end by then (epoch ms).
   */
  spanToPlan(until: number): SpanRequest | undefined {
    const { track } = this;
    const start = this.#planCursor;
    const limit = Math.min(until, track.to ?? Number.POSITIVE_INFINITY);
    const first = this.#periodFrom(start);
    if (this.#planned.length > 0 || first.end > limit || first.end <= first.start) return undefined;
    const { segment, until: seam } = segmentAt(track.grid, start);
    const { anchor, length } = stepsOf(segment.cadence);
    const end = Math.min(limit, seam ?? Number.POSITIVE_INFINITY, start + this.#span * length);
    return { start, end: this.#lastBound(start, end), anchor, length };
  }

  /**
   * Takes the answer of the planning query.
   * @param counts index (from the anchor) and rows of the periods that have rows.
   */
  planned(span: SpanRequest, counts: ReadonlyArray<readonly [index: number, rows: number]>): void {
    const rowsAt = new Map(counts.map(([index, rows]) => [span.anchor + index * span.length, rows]));
    let periods = 0;
    for (let start = span.start; start < span.end; ) {
      const { end } = this.#periodFrom(start);
      const bound = span.anchor + Math.floor((start - span.anchor) / span.length) * span.length;
      this.#plan({ start, end }, rowsAt.get(bound) ?? 0);
      periods += 1;
      start = end;
    }
    this.#planCursor = span.end;
    this.#span = counts.length * SPARSE < periods ? Math.min(this.#span * 2, LAST_SPAN) : FIRST_SPAN;
  }

  /** Late sweeps have nothing to do for periods without missing rows; elsewhere even an empty period is committed. */
  #plan(period: Period, rows: number): void {
    const { track } = this;
    if (track.purpose === 'sweep' && (rows === 0 || track.skipped?.includes(period.start))) return;
    const last = this.#planned.at(-1);
    if (rows === 0 && last?.rows === 0) {
      last.end = period.end;
      last.periods += 1;
    } else {
      this.#planned.push({ track: track.id, ...period, periods: 1, rows, attempts: 0, leftover: [], retry: false });
    }
  }

  /** The next planned piece of work. */
  take(): WorkItem | undefined {
    const item = this.#planned.shift();
    if (item !== undefined) this.#taken.set(item.start, item);
    return item;
  }

  /** A hole whose time has come. */
  takeHole(now: number): WorkItem | undefined {
    const index = this.track.holes.findIndex((hole) => hole.nextTry <= now && !this.#taken.has(hole.start));
    const hole = this.track.holes[index];
    if (hole === undefined) return undefined;
    const { start, end, periods, rows, attempts, leftover } = hole;
    const item: WorkItem = { track: this.track.id, start, end, periods, rows, attempts, leftover, retry: true };
    this.#taken.set(start, item);
    return item;
  }

  done(item: WorkItem, rows: number): void {
    this.#settle(item);
    this.track.rowsDone += rows;
    if (item.retry) this.track.holes = this.track.holes.filter((hole) => hole.start !== item.start);
  }

  /** @param nextTry epoch ms; `attempts` counts this failure already. */
  failed(item: WorkItem, outcome: Pick<Hole, 'attempts' | 'nextTry' | 'error' | 'leftover'>): void {
    this.#settle(item);
    const { start, end, periods, rows } = item;
    const others = this.track.holes.filter((hole) => hole.start !== start);
    this.track.holes = [...others, { start, end, periods, rows, ...outcome }].sort((a, b) => a.start - b.start);
  }

  #settle(item: WorkItem): void {
    this.#taken.delete(item.start);
    this.track.frontier = this.#frontier();
  }

  /** The first fresh period that is taken, else the first that is planned, else the first that is not planned. */
  #frontier(): number {
    let first = this.#planned[0]?.start ?? this.#planCursor;
    for (const item of this.#taken.values()) if (!item.retry) first = Math.min(first, item.start);
    return first;
  }

  /** Writes the frontier into the track; needed where planning alone moved it (a sweep that found nothing). */
  refresh(): void {
    this.track.frontier = this.#frontier();
  }

  get isBusy(): boolean {
    return this.#taken.size > 0;
  }

  get hasPlanned(): boolean {
    return this.#planned.length > 0;
  }

  isTaken(start: number): boolean {
    return this.#taken.has(start);
  }

  get exportedUpTo(): number {
    return exportedUpTo(this.track);
  }

  /** End of the first period that is not planned yet: when a live track has something to do next. */
  get nextEnd(): number {
    return this.#periodFrom(this.#planCursor).end;
  }

  /** The period that begins at `start`: cut at the ends of the track. */
  #periodFrom(start: number): Period {
    const { end } = periodAt(this.track.grid, start);
    return { start, end: Math.min(end, this.track.to ?? end) };
  }

  /** The last period bound at or before `limit`. */
  #lastBound(start: number, limit: number): number {
    if (limit === this.track.to) return limit;
    const period = periodAt(this.track.grid, limit);
    return period.start === limit ? limit : Math.max(period.start, start);
  }
}
