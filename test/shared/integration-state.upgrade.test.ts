import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { firstTracks } from '../../shared/cursor-moves.ts';
import { cursorOf, type IntegrationState, initialState, statusOf } from '../../shared/integration-state.ts';
import { viewOf } from '../../shared/integration-view.ts';
import { HOUR, iso } from '../../shared/period.ts';
import { Schedule } from '../../shared/schedule.ts';
import { upgradeState } from '../../shared/stored-state.ts';
import { configOf, NOW, throughJson } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const config = configOf();
const ids = { projectId: 'p', integrationId: 'i' };
const T0 = Date.UTC(2026, 2, 1);

/** Every field filled. */
function fullState(): IntegrationState {
  const history = { rows: 5, outside: 1, earliest: iso(T0 - 30 * HOUR), sourceNow: iso(NOW) };
  const [live, ...others] = firstTracks(config, T0, undefined, history);
  if (live === undefined) throw new Error('no live track');
  const hole = {
    start: T0,
    end: T0 + 24 * HOUR,
    periods: 1,
    rows: 5,
    attempts: 2,
    nextTry: NOW,
    error: 'x',
    leftover: ['p0'],
  };
  return {
    ...initialState(config),
    configVersion: 7,
    border: T0,
    eventFrom: T0 - HOUR,
    tracks: [{ ...live, holes: [hole], frontier: T0 + 24 * HOUR, reached: T0 + 48 * HOUR }, ...others],
    nextTrack: 4,
    paused: { since: NOW, reason: 'audit', actor: 'me' },
    blocked: {
      since: NOW,
      failure: { type: 'DestinationDenied', message: 'm', remedy: 'r' },
      probes: 2,
      nextProbe: NOW,
    },
    lastError: { type: 'Unexpected', message: 'm', remedy: 'r', at: NOW },
    planning: { failures: 1, notBefore: NOW },
    totals: { periods: 1, emptyPeriods: 2, rows: 3, bytes: 4, uncompressedBytes: 5, files: 6, rejected: 7 },
    lastPeriods: [{ axis: 'event', start: T0, end: NOW, status: 'done', rows: 1, bytes: 2, attempts: 1, at: NOW }],
    learned: { partBytes: 5_000_000, successes: 3 },
    moves: [
      { kind: 'rewind', to: T0 },
      { kind: 'reexport', from: T0, to: NOW },
      { kind: 'skip', track: 'live', start: T0, reason: 'poison', actor: 'me' },
      { kind: 'regrid' },
      { kind: 'start' },
      { kind: 'restart' },
    ],
    audit: [{ ...ids, actor: 'me', action: 'pause', change: '{}', at: iso(NOW) }],
    removeSupersededAt: NOW,
  };
}

/** Uses the state as the workflow does; throws where a run would. */
function use(state: IntegrationState): void {
  const schedule = new Schedule(state.tracks, { settle: 0, jitter: 0 });
  statusOf(state, true);
  cursorOf(state.tracks);
  viewOf(ids, state, schedule, NOW);
  schedule.nextDue(NOW);
  throughJson(state);
}

/** Replaces a random piece of a value by something else. */
function damage(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const entries = Object.entries(value).map(([name, inner]) => [name, name === key ? damage(inner, rest, by) : inner]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

describe('upgrading a stored state', () => {
  it('keeps everything of a present one, and upgrading twice is upgrading once', () => {
    const state = fullState();
    expect(upgradeState(throughJson(state), configOf({ name: 'other' }))).toEqual(state);
    expect(upgradeState(upgradeState(state, config), config)).toEqual(state);
  });

  it('never throws, whatever JSON was stored, and what it makes can be used', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (stored) => use(upgradeState(stored, config))),
      { numRuns: 1_000 },
    );
  });

  it('never throws when fields hold anything', () => {
    const fields = Object.keys(fullState());
    const anything = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(anything, (stored) => use(upgradeState({ ...fullState(), ...stored }, config))),
      { numRuns: 1_000 },
    );
  });

  it('never throws when any piece inside is damaged', () => {
    const odd = fc.oneof(
      fc.constantFrom(null, '', 'text', 0, -1, 1e300, true, false, [], {}, [null], ['x'], 0.5),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), odd, (path, by) => {
        use(upgradeState(damage(throughJson(fullState()), path, by), config));
      }),
      { numRuns: 2_000 },
    );
  });

  it('begins anew where nothing was stored', () => {
    for (const nothing of [undefined, null, 5, 'text', true, [], [1]])
      expect(upgradeState(nothing, config)).toEqual(initialState(config));
  });

  it('completes what an older version did not know', () => {
    const { totals, planning, lastPeriods, moves, audit, ledger, ...old } = throughJson(fullState());
    const { sweepHours, ...tuning } = old.config.tuning;
    const [live] = old.tracks;
    const stored = {
      ...old,
      totals: { rows: 9 },
      config: { ...old.config, tuning },
      tracks: [{ ...live, holes: undefined, rowsDone: undefined }],
    };
    const state = upgradeState(throughJson(stored), config);
    expect(state.totals).toEqual({ ...initialState(config).totals, rows: 9 });
    expect(state.config.tuning.sweepHours).toEqual([2, 72]);
    expect(state.tracks).toMatchObject([{ id: 'live', holes: [], rowsDone: 0 }]);
    expect(state).toMatchObject({ moves: [], audit: [], ledger: [], lastPeriods: [], border: T0 });
  });

  it('keeps fields that a later version wrote', () => {
    expect(upgradeState({ ...fullState(), later: { a: 1 } }, config)).toMatchObject({ later: { a: 1 } });
  });

  it('takes a destination as a whole, never half of one and half of another', () => {
    const credentials = { kind: 'assume_role', roleArn: 'arn:aws:iam::123456789012:role/x' };
    const stored = { ...fullState(), config: { ...config, destination: { ...config.destination, credentials } } };
    expect(upgradeState(stored, config).config.destination).toEqual({ ...config.destination, credentials });
    const broken = upgradeState({ ...fullState(), config: { ...config, destination: { kind: 's3' } } }, config);
    expect(broken.config.destination).toEqual(config.destination);
  });

  it('stays paused though it is not known why', () => {
    expect(upgradeState({ ...fullState(), paused: { since: NOW } }, config).paused).toEqual({
      since: NOW,
      reason: '',
      actor: '',
    });
  });

  it('gives up cursors that cannot be understood together, so that the next activation exports everything', () => {
    const state = fullState();
    const broken = [
      { ...state, tracks: state.tracks.map((track) => ({ ...track, grid: [] })) },
      { ...state, tracks: state.tracks.map((track) => ({ ...track, frontier: 'x' })) },
      { ...state, tracks: state.tracks.filter(({ purpose }) => purpose !== 'live') },
      { ...state, tracks: 'none' },
      { ...state, border: 'x' },
    ];
    for (const stored of broken) {
      const upgraded = upgradeState(stored, config);
      expect(upgraded.tracks).toEqual([]);
      expect(upgraded.border).toBeUndefined();
      expect(upgraded.configVersion).toBe(7);
    }
  });

  it('drops queued moves that nobody could make', () => {
    const moves = [
      { kind: 'rewind', to: 'x' },
      null,
      { kind: 'fly' },
      { kind: 'skip', track: 'live' },
      { kind: 'regrid' },
    ];
    expect(upgradeState({ ...fullState(), moves }, config).moves).toEqual([{ kind: 'regrid' }]);
  });
});
