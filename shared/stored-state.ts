/** Stored states of any version, and what of them has the shape that the present code needs. An unknown field is no fault, a missing or strange one is. */
import type { IntegrationConfig } from './config/integration.ts';
import { type Failure, isFailureType } from './failures.ts';
import type { GridSegment } from './grid.ts';
import {
  type Blocked,
  type CursorMove,
  type IntegrationState,
  initialState,
  type Paused,
  type RecentPeriod,
} from './integration-state.ts';
import { isFrequency } from './period.ts';
import { areStrings, isAbsentOr, isInstant, isRecord, overlay } from './stored-json.ts';
import type { Hole, TrackState } from './track.ts';

const isNumber = (value: unknown) => Number.isFinite(value);
const isTrue = (value: unknown) => value === true;

/**
 * Brings a state of any earlier version up to date; never throws, because an entity that throws here could never run again. What has
 * another shape than it should counts as missing. Cursors that cannot be understood are given up together: the next activation exports
 * everything again, rather than something not at all.
 * @param stored what an earlier run, perhaps of older code, left behind
 * @param config the configuration to use when the stored one is missing
 */
export function upgradeState(stored: unknown, config: IntegrationConfig): IntegrationState {
  const fresh = initialState(config);
  if (!isRecord(stored)) return fresh;
  const state = overlay(fresh, stored);
  const tracks = isInstant(state.border) ? tracksOf(stored.tracks) : undefined;
  const upgraded: IntegrationState = {
    ...state,
    version: 1,
    config: upgradeConfig(config, stored.config),
    totals: overlay(fresh.totals, stored.totals),
    planning: overlay(fresh.planning, stored.planning),
    tracks: tracks ?? [],
    lastPeriods: state.lastPeriods.filter(isRecentPeriod),
    moves: state.moves.filter(isMove),
    audit: state.audit.filter(isRecord),
    ledger: state.ledger.filter(isRecord),
  };
  if (tracks === undefined) delete upgraded.border;
  if (tracks === undefined || !isInstant(state.eventFrom)) delete upgraded.eventFrom;
  if (isRecord(state.paused)) upgraded.paused = completePaused(state.paused);
  else delete upgraded.paused;
  if (!isBlocked(state.blocked)) delete upgraded.blocked;
  if (!isRecord(state.lastError) || !isInstant(state.lastError.at) || !isFailure(state.lastError))
    delete upgraded.lastError;
  if (!isLearned(state.learned)) delete upgraded.learned;
  if (!isReplay(state.replay)) delete upgraded.replay;
  if (!isReplay(state.lastReplay) || !isInstant(state.lastReplay?.at)) delete upgraded.lastReplay;
  if (!isInstant(state.removeSupersededAt)) delete upgraded.removeSupersededAt;
  return upgraded;
}

/** The stored configuration, completed by `config` where an older version of the code knew a field not yet. */
function upgradeConfig(config: IntegrationConfig, stored: unknown): IntegrationConfig {
  const merged = overlay(config, stored);
  const usable =
    merged.destination.kind === 'posthog'
      ? areStrings(merged.destination.projectApiKey)
      : isRecord(merged.destination.credentials);
  const destination = usable ? merged.destination : config.destination;
  const recipients = merged.recipients.filter(
    (recipient: unknown) => isRecord(recipient) && areStrings(recipient.kind),
  );
  return { ...merged, tuning: overlay(config.tuning, merged.tuning), destination, recipients };
}

/** @returns undefined when a track is not understood, or the live one is missing */
function tracksOf(stored: unknown): TrackState[] | undefined {
  if (!Array.isArray(stored) || !stored.every(isTrack) || !stored.some(({ purpose }) => purpose === 'live'))
    return undefined;
  return stored.map((track) => ({
    ...track,
    holes: (track.holes ?? []).map(completeHole),
    rowsDone: track.rowsDone ?? 0,
  }));
}

function isTrack(value: unknown): value is TrackState {
  if (!isRecord(value) || typeof value.id !== 'string') return false;
  const { purpose, axis, grid, from, frontier, holes, skipped } = value;
  const instants = [value.to, value.reached, value.updatedBefore];
  const numbers = [value.sweepHours, value.rowsExpected, value.rowsDone];
  return (
    (purpose === 'live' || purpose === 'backfill' || purpose === 'reexport' || purpose === 'sweep') &&
    (axis === 'event' || axis === 'updated') &&
    Array.isArray(grid) &&
    grid.length > 0 &&
    grid.every(isSegment) &&
    isInstant(from) &&
    isInstant(frontier) &&
    isAbsentOr((list) => Array.isArray(list) && list.every(isHole), holes) &&
    isAbsentOr(Array.isArray, skipped) &&
    [value.open, value.beforeEpoch].every((flag) => isAbsentOr(isTrue, flag)) &&
    instants.every((instant) => isAbsentOr(isInstant, instant)) &&
    numbers.every((number) => isAbsentOr(isNumber, number))
  );
}

function isSegment(value: unknown): value is GridSegment {
  return (
    isRecord(value) &&
    isInstant(value.from) &&
    isAbsentOr(isInstant, value.eventFrom) &&
    isRecord(value.cadence) &&
    isFrequency(value.cadence.frequency) &&
    isNumber(value.cadence.utcOffsetMinutes)
  );
}

/** Everything but its bounds has a default. */
function isHole(value: unknown): boolean {
  return isRecord(value) && isInstant(value.start) && isInstant(value.end) && isAbsentOr(isInstant, value.nextTry);
}

function completeHole(hole: Hole): Hole {
  const { start, end } = hole;
  return overlay({ start, end, periods: 1, rows: 1, attempts: 0, nextTry: 0, error: '', leftover: [] }, hole);
}

function isMove(value: unknown): value is CursorMove {
  if (!isRecord(value)) return false;
  switch (value.kind) {
    case 'rewind':
      return isInstant(value.to);
    case 'reexport':
      return isInstant(value.from) && isInstant(value.to);
    case 'skip':
      return areStrings(value.track, value.reason, value.actor) && isInstant(value.start);
    default:
      return value.kind === 'regrid' || value.kind === 'start' || value.kind === 'restart';
  }
}

/** Whatever else is missing: who paused wanted nothing to run. */
function completePaused(stored: Paused): Paused {
  const paused: Paused = overlay({ since: 0, reason: '', actor: '' }, stored);
  return isInstant(paused.since) ? paused : { ...paused, since: 0 };
}

function isBlocked(value: unknown): value is Blocked {
  if (!isRecord(value) || !isFailure(value.failure)) return false;
  return isInstant(value.since) && isInstant(value.nextProbe) && isNumber(value.probes);
}

function isFailure(value: unknown): value is Failure {
  if (!isRecord(value) || !areStrings(value.type, value.message, value.remedy)) return false;
  return isFailureType(String(value.type));
}

function isLearned(value: unknown): value is NonNullable<IntegrationState['learned']> {
  return isRecord(value) && isNumber(value.partBytes) && isNumber(value.successes);
}

function isRecentPeriod(value: unknown): value is RecentPeriod {
  return isRecord(value) && [value.start, value.end, value.at].every(isInstant);
}

function isReplay(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.result)) return false;
  const { tried, accepted, rejected, gone } = value.result;
  return [tried, accepted, rejected, gone].every(isNumber);
}
