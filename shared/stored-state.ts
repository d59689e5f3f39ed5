/** What of a stored state has the shape that the present code needs. An unknown field is no fault, a missing or strange one is. */
import type { IntegrationConfig } from './config/integration.ts';
import { type Failure, isFailureType } from './failures.ts';
import type { GridSegment } from './grid.ts';
import type { Blocked, CursorMove, IntegrationState, Paused, RecentPeriod } from './integration-state.ts';
import { isFrequency } from './period.ts';
import { areStrings, isAbsentOr, isInstant, isRecord, overlay } from './stored-json.ts';
import type { Hole, TrackState } from './track.ts';

const isNumber = (value: unknown) => Number.isFinite(value);
const isTrue = (value: unknown) => value === true;

/** The stored configuration, completed by `config` where an older version of the code knew a field not yet. */
export function upgradeConfig(config: IntegrationConfig, stored: unknown): IntegrationConfig {
  const merged = overlay(config, stored);
  const usable = isRecord(merged.destination.credentials);
  const destination = usable ? merged.destination : config.destination;
  const recipients = merged.recipients.filter(
    (recipient: unknown) => isRecord(recipient) && areStrings(recipient.kind),
  );
  return { ...merged, tuning: overlay(config.tuning, merged.tuning), destination, recipients };
}

/** @returns undefined when a track is not understood, or the live one is missing */
export function tracksOf(stored: unknown): TrackState[] | undefined {
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

export function isMove(value: unknown): value is CursorMove {
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
export function completePaused(stored: Paused): Paused {
  const paused: Paused = overlay({ since: 0, reason: '', actor: '' }, stored);
  return isInstant(paused.since) ? paused : { ...paused, since: 0 };
}

export function isBlocked(value: unknown): value is Blocked {
  if (!isRecord(value) || !isFailure(value.failure)) return false;
  return isInstant(value.since) && isInstant(value.nextProbe) && isNumber(value.probes);
}

export function isFailure(value: unknown): value is Failure {
  if (!isRecord(value) || !areStrings(value.type, value.message, value.remedy)) return false;
  return isFailureType(String(value.type));
}

export function isLearned(value: unknown): value is NonNullable<IntegrationState['learned']> {
  return isRecord(value) && isNumber(value.partBytes) && isNumber(value.successes);
}

export function isRecentPeriod(value: unknown): value is RecentPeriod {
  return isRecord(value) && [value.start, value.end, value.at].every(isInstant);
}
