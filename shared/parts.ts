/** How a counted period is cut into parts, and how a part that was too large is halved. */
import type { Part, Slice } from './activities.ts';
import { isEventSink } from './config/destination.ts';
import type { IntegrationConfig } from './config/integration.ts';
import { coarsenRuns, halveRuns, runsOf } from './minute-runs.ts';
import { iso, MINUTE } from './period.ts';
import type { SourceName } from './sources/catalog.ts';

/** Rows whose event time lies in one minute (epoch seconds / 60). */
export interface CountedMinute {
  minute: number;
  rows: number;
  bytes: number;
}

/** What a part may hold; `bytes` limits its {@link weightOf}. */
export interface PartTarget {
  rows: number;
  bytes: number;
  /** Most runs of minutes of all parts together. Default {@link MAX_RUNS_PER_PLAN}. */
  runs?: number;
}

/** `range`: slices that tile `[from, to)` (epoch ms). `minutes`: slices that name just the counted minutes. */
export type Cut =
  | { kind: 'range'; source: SourceName; from: number; to: number }
  | { kind: 'minutes'; source: SourceName };

export const MAX_PARTS = 500;
/** Below this many rows a period is tried as one activity (measured: half as many periods again per second as with three). */
export const SMALL_PERIOD_ROWS = 20_000;
/** More runs than this make a query text too long; closing gaps only makes ClickHouse look at more rows. */
export const MAX_RUNS_PER_PART = 10_000;
/** A plan is one message to Temporal, which takes 2 MB. */
export const MAX_RUNS_PER_PLAN = 60_000;
export const HASH_END = 2 ** 32;
const LIGHT_ROW_BYTES = 8_192;
const LIGHT_SHARE = 1 / 4;

/**
 * Bytes of rows as they burden one query. Memory follows the text of large rows; rows of common size stream at a low level whatever
 * their number (measured: 0.8 GB of 2 KB rows need less than 140 MiB of 1 MB rows), so they count a quarter. Larger parts are faster:
 * neighbours read the granules at their border twice (measured, 1M rows as Parquet: 7 parts 0.75 ×, 2 parts 0.91 × the speed of one query).
 */
export function weightOf({ rows, bytes }: { rows: number; bytes: number }): number {
  return bytes <= rows * LIGHT_ROW_BYTES ? bytes * LIGHT_SHARE : bytes;
}

interface Piece {
  minutes: CountedMinute[];
  rows: number;
  bytes: number;
  weight: number;
  hash?: [number, number];
}

/**
 * Parts of about the target size, cut between minutes; a single minute above it is cut by ranges of the hash. The target is raised
 * until there are at most {@link MAX_PARTS}.
 * @param minutes ascending, each once, with rows > 0
 */
export function cutParts(minutes: readonly CountedMinute[], target: PartTarget, cut: Cut): Part[] {
  let scale = 1;
  let pieces = cutPieces(minutes, target);
  while (pieces.length > MAX_PARTS) {
    scale *= Math.max(1.1, pieces.length / MAX_PARTS);
    pieces = cutPieces(minutes, { rows: target.rows * scale, bytes: target.bytes * scale });
  }
  return pieces.map((piece, index) => ({
    name: partName(index),
    source: cut.source,
    slice: sliceOf(pieces, index, cut, target.runs),
    ...(piece.hash && { hash: piece.hash }),
    rows: piece.rows,
    bytes: piece.bytes,
  }));
}

/** `p0003` */
export function partName(index: number): string {
  return `p${String(index).padStart(4, '0')}`;
}

/**
 * Parts of a period that are delivered at the same time. To an event sink one: it has several requests in flight, the pace is that of the
 * project, and each further part holds pages and batches in memory (measured: 30 MB).
 */
export function partsAtOnce({ destination, tuning }: Pick<IntegrationConfig, 'destination' | 'tuning'>): number {
  return isEventSink(destination) ? 1 : tuning.parallelParts;
}

/** What a small period may have written before it failed: one part of each source. */
export function smallPeriodParts(sources: readonly SourceName[]): string[] {
  return sources.map((_, index) => partName(index));
}

function cutPieces(minutes: readonly CountedMinute[], target: PartTarget): Piece[] {
  const pieces: Piece[] = [];
  let open: Piece | undefined;
  for (const counted of minutes) {
    const weight = weightOf(counted);
    const size = Math.max(counted.rows / target.rows, weight / target.bytes);
    if (size > 1) {
      pieces.push(...cutByHash(counted, Math.min(Math.ceil(size), counted.rows, MAX_PARTS + 1)));
      open = undefined;
    } else if (open && open.rows + counted.rows <= target.rows && open.weight + weight <= target.bytes) {
      open.minutes.push(counted);
      open.rows += counted.rows;
      open.bytes += counted.bytes;
      open.weight += weight;
    } else {
      open = { minutes: [counted], rows: counted.rows, bytes: counted.bytes, weight };
      pieces.push(open);
    }
  }
  return pieces;
}

function cutByHash(counted: CountedMinute, count: number): Piece[] {
  const weight = weightOf(counted) / count;
  if (count === 1) return [{ minutes: [counted], rows: counted.rows, bytes: counted.bytes, weight }];
  const bound = (whole: number, index: number) => Math.floor((whole * index) / count);
  const share = (whole: number, index: number) => bound(whole, index + 1) - bound(whole, index);
  return Array.from({ length: count }, (_, index) => ({
    minutes: [counted],
    rows: share(counted.rows, index),
    bytes: share(counted.bytes, index),
    weight,
    hash: [bound(HASH_END, index), bound(HASH_END, index + 1)],
  }));
}

/** Ranges reach to the next piece, so that rows which appear between planning and streaming belong to exactly one part. */
function sliceOf(pieces: readonly Piece[], index: number, cut: Cut, mostRuns = MAX_RUNS_PER_PLAN): Slice {
  const piece = pieces[index];
  if (cut.kind === 'minutes') {
    const runs = runsOf((piece?.minutes ?? []).map(({ minute }) => minute));
    const share = Math.max(1, Math.floor(mostRuns / pieces.length));
    return { kind: 'minutes', runs: coarsenRuns(runs, Math.min(share, MAX_RUNS_PER_PART)) };
  }
  const first = piece?.minutes[0]?.minute;
  const next = pieces.slice(index + 1).find(({ minutes }) => minutes[0]?.minute !== first);
  const isFirst = pieces[0]?.minutes[0]?.minute === first;
  return {
    kind: 'range',
    from: iso(isFirst ? cut.from : (first ?? 0) * MINUTE),
    to: iso(next === undefined ? cut.to : (next.minutes[0]?.minute ?? 0) * MINUTE),
  };
}

/**
 * Two halves of a part, by minutes, then by hash; undefined when nothing is left to split: the part holds one row, or one value of
 * the hash. Pass the counted rows, where known, as `part.rows`: the halves' own `rows` are estimates and never say 1.
 */
export function splitPart(part: Part): [Part, Part] | undefined {
  if (part.rows <= 1) return undefined;
  const halves = (part.hash === undefined && halveSlice(part.slice)) || halveHash(part);
  if (halves === undefined) return undefined;
  const estimate = { rows: Math.max(2, Math.ceil(part.rows / 2)), bytes: Math.ceil(part.bytes / 2) };
  const [first, second] = halves;
  return [
    { ...part, ...estimate, ...first, name: `${part.name}-0` },
    { ...part, ...estimate, ...second, name: `${part.name}-1` },
  ];
}

type Halves = [Partial<Part>, Partial<Part>];

function halveSlice(slice: Slice): Halves | undefined {
  switch (slice.kind) {
    case 'outside':
      return undefined;
    case 'minutes': {
      const [first, second] = halveRuns(slice.runs);
      if (second.length === 0) return undefined;
      return [{ slice: { kind: 'minutes', runs: first } }, { slice: { kind: 'minutes', runs: second } }];
    }
    case 'range': {
      const from = Date.parse(slice.from);
      const to = Date.parse(slice.to);
      const middle = Math.ceil((from + to) / 2 / MINUTE) * MINUTE;
      const cut = middle < to ? middle : middle - MINUTE;
      if (cut <= from || cut >= to) return undefined;
      return [{ slice: { ...slice, to: iso(cut) } }, { slice: { ...slice, from: iso(cut) } }];
    }
  }
}

function halveHash(part: Part): Halves | undefined {
  const [from, to] = part.hash ?? [0, HASH_END];
  if (to - from <= 1) return undefined;
  const middle = Math.floor((from + to) / 2);
  return [{ hash: [from, middle] }, { hash: [middle, to] }];
}

/** True when `part.rows` is what the planning query counted, false when it is the estimate of a share or of a half. */
export function hasExactCount(part: Part): boolean {
  return part.hash === undefined && !part.name.includes('-');
}
