import { describe, expect, it } from 'vitest';
import { BLOCKING_FAILURES, FAILURES, isFailureType } from '../../shared/failures.ts';
import { cursorOf, type IntegrationState, initialState, pauseAfter, statusOf } from '../../shared/integration-state.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../shared/period.ts';
import type { TrackState } from '../../shared/track.ts';
import { configOf, NOW, trackOf } from './worlds.ts';

const T0 = Date.UTC(2026, 2, 1);
const hole = (start: number, attempts = 1) => ({
  start,
  end: start + HOUR,
  periods: 1,
  rows: 5,
  attempts,
  nextTry: 0,
  error: 'x',
  leftover: [],
});
const live = (changes: Partial<TrackState> = {}) =>
  trackOf({ id: 'live', purpose: 'live', axis: 'updated', from: T0, frontier: T0 + DAY, ...changes });
const backfill = (changes: Partial<TrackState> = {}) =>
  trackOf({ from: T0 - 9 * DAY, to: T0, frontier: T0 - DAY, ...changes });

describe('the status of an integration', () => {
  const state = (changes: Partial<IntegrationState>): IntegrationState => ({ ...initialState(configOf()), ...changes });
  const paused = { since: NOW, reason: '', actor: '' };
  const failure = { type: 'ConfigInvalid' as const, message: '', remedy: '' };
  const blocked = { since: NOW, failure, probes: 0, nextProbe: NOW };
  const failing = { tracks: [live({ holes: [hole(T0)] })] };

  it.each<[string, Partial<IntegrationState>, boolean]>([
    ['active', {}, false],
    ['running', {}, true],
    ['retrying', failing, true],
    ['retrying', { planning: { failures: 1, notBefore: 0 } }, false],
    ['blocked', { ...failing, blocked }, true],
    ['paused', { ...failing, blocked, paused }, true],
    // A hole without an attempt was cancelled; nothing failed.
    ['active', { tracks: [live({ holes: [hole(T0, 0)] })] }, false],
  ])('is %s', (status, changes, running) => {
    expect(statusOf(state(changes), running)).toBe(status);
  });
});

describe('the pause before a hole is tried again', () => {
  it('doubles from one minute to one hour, and stays there for ever', () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 100_000].map((n) => pauseAfter(n, configOf()) / MINUTE);
    expect(minutes).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('begins with the configured one', () => {
    const config = configOf({ tuning: { holePauseSeconds: 0.5 } });
    expect([pauseAfter(1, config), pauseAfter(50, config)]).toEqual([SECOND / 2, 30 * SECOND]);
  });
});

describe('"data exported up to"', () => {
  it('is unknown before the first activation', () => {
    expect(cursorOf([])).toBeUndefined();
  });

  it('is event time while history is exported: the first of all strips that is not done', () => {
    expect(cursorOf([live(), backfill(), backfill({ id: 'backfill-1', holes: [hole(T0 - 3 * DAY)] })])).toBe(
      T0 - 3 * DAY,
    );
  });

  it('is the live part afterwards: its first hole, or its frontier', () => {
    const done = backfill({ frontier: T0 });
    expect(cursorOf([live(), done])).toBe(T0 + DAY);
    expect(cursorOf([live({ holes: [hole(T0 + HOUR), hole(T0 + 3 * HOUR)] }), done])).toBe(T0 + HOUR);
  });

  it('is held back by a hole of the backfill', () => {
    expect(cursorOf([live(), backfill({ frontier: T0, holes: [hole(T0 - DAY)] })])).toBe(T0 - DAY);
  });

  it('is moved neither by re-exports nor by sweeps', () => {
    const others = [
      live({ id: 'sweep-2h', purpose: 'sweep', frontier: T0 }),
      backfill({ id: 'reexport-1', purpose: 'reexport' }),
    ];
    expect(cursorOf([live(), ...others])).toBe(T0 + DAY);
  });
});

describe('failures', () => {
  it('that block an integration are never retried by an activity', () => {
    for (const type of BLOCKING_FAILURES) expect(FAILURES[type].retryable).toBe(false);
  });

  it('are told by their own names only', () => {
    for (const type of Object.keys(FAILURES)) expect(isFailureType(type)).toBe(true);
    for (const type of ['toString', '__proto__', '', 'unexpected', null, undefined])
      expect(isFailureType(type)).toBe(false);
  });
});
