/** The state of an `integration` workflow: its single argument when it continues as new. Additive only; see `upgradeState` of `stored-state.ts`. */
import type { AuditEntry, LedgerRow } from './activities.ts';
import type { IntegrationConfig } from './config/integration.ts';
import type { Failure } from './failures.ts';
import { SECOND } from './period.ts';
import type { ReplayResult } from './rejected.ts';
import { MOST_HOLES } from './schedule.ts';
import { exportedUpTo, type TrackState } from './track.ts';

export interface Blocked {
  /** Epoch ms. */
  since: number;
  failure: Failure;
  probes: number;
  nextProbe: number;
}

export interface Paused {
  since: number;
  reason: string;
  actor: string;
  /** By `enabled: false` in the configuration; ends when it says true again. */
  disabled?: true;
}

/** A change of cursors that waits until nothing is running. */
export type CursorMove =
  | { kind: 'rewind'; to: number }
  | { kind: 'reexport'; from: number; to: number }
  | { kind: 'skip'; track: string; start: number; reason: string; actor: string }
  /** The frequency, the offset of days or the late sweeps changed. */
  | { kind: 'regrid' }
  /** The start of the wanted history changed. */
  | { kind: 'start' }
  /** Everything from the beginning, at a new place. */
  | { kind: 'restart' };

/** The newest outcomes, for people who look at the workflow. */
export interface RecentPeriod {
  axis: string;
  start: number;
  end: number;
  status: 'done' | 'failed' | 'skipped';
  rows: number;
  bytes: number;
  attempts: number;
  at: number;
}

/** Rejected rows that are being sent again. */
export interface Replay {
  /** Only rows that were rejected for this. */
  reason?: string;
  /** Where the next call goes on. */
  after?: string;
  /** So far. */
  result: ReplayResult;
}

export interface Totals {
  periods: number;
  emptyPeriods: number;
  rows: number;
  bytes: number;
  uncompressedBytes: number;
  files: number;
  rejected: number;
}

export interface IntegrationState {
  version: 1;
  config: IntegrationConfig;
  configVersion: number;
  /** The folder at the present place carries our owner marker. */
  claimed?: true;
  /** T0, epoch ms; absent until the first activation. */
  border?: number;
  /** Event time from which rows are wanted, resolved once; absent for full history. */
  eventFrom?: number;
  tracks: TrackState[];
  nextTrack: number;
  paused?: Paused;
  blocked?: Blocked;
  lastError?: Failure & { at: number };
  /** Failures of planning in a row, and when to plan again. */
  planning: { failures: number; notBefore: number };
  totals: Totals;
  lastPeriods: RecentPeriod[];
  /** Largest part that ClickHouse managed after it failed at a larger one. */
  learned?: { partBytes: number; successes: number };
  moves: CursorMove[];
  audit: AuditEntry[];
  ledger: LedgerRow[];
  /** Asked for, not ended yet. */
  replay?: Replay;
  /** How the last one ended. Epoch ms. */
  lastReplay?: { at: number; result: ReplayResult; failure?: Failure };
  /** When replaced objects may be removed; absent when there are none. */
  removeSupersededAt?: number;
}

export const KEPT_PERIODS = 20;

export function initialState(config: IntegrationConfig): IntegrationState {
  return {
    version: 1,
    config,
    configVersion: 1,
    tracks: [],
    nextTrack: 1,
    planning: { failures: 0, notBefore: 0 },
    totals: { periods: 0, emptyPeriods: 0, rows: 0, bytes: 0, uncompressedBytes: 0, files: 0, rejected: 0 },
    lastPeriods: [],
    moves: [],
    audit: [],
    ledger: [],
  };
}

/** The words that people see; read from the state, never guessed from ages. */
export type Status = 'active' | 'running' | 'retrying' | 'paused' | 'blocked' | 'stopping';

/** @param running whether periods are being exported right now */
export function statusOf(state: IntegrationState, running: boolean): Status {
  if (state.paused !== undefined) return 'paused';
  if (state.blocked !== undefined) return 'blocked';
  const failing = state.tracks.some((track) => track.holes.some((hole) => hole.attempts > 0));
  if (failing || state.planning.failures > 0) return 'retrying';
  return running ? 'running' : 'active';
}

/** First pause × 2 for every failure, at most 60 times the first (1 minute … 1 hour by default). */
export function pauseAfter(failures: number, config: IntegrationConfig): number {
  const first = config.tuning.holePauseSeconds * SECOND;
  return first * Math.min(2 ** Math.max(0, failures - 1), 60);
}

/**
 * "Data exported up to", epoch ms: while history is being exported this is event time, afterwards `updated_at`.
 * Undefined before the first activation.
 */
export function cursorOf(tracks: readonly TrackState[]): number | undefined {
  const behind = tracks.filter((track) => track.purpose === 'backfill' && exportedUpTo(track) < (track.to ?? 0));
  const leading = behind.length > 0 ? behind : tracks.filter((track) => track.purpose === 'live');
  return leading.length === 0 ? undefined : Math.min(...leading.map(exportedUpTo));
}

export function hasTooManyHoles(tracks: readonly TrackState[]): boolean {
  return tracks.reduce((count, track) => count + track.holes.length, 0) > MOST_HOLES;
}
