import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeConfig } from '../../shared/config/change.ts';
import { redact } from '../../shared/config/secrets.ts';
import { firstTracks } from '../../shared/cursor-moves.ts';
import { type IntegrationState, initialState } from '../../shared/integration-state.ts';
import { viewOf } from '../../shared/integration-view.ts';
import { DAY, HOUR, iso, MINUTE } from '../../shared/period.ts';
import { Schedule } from '../../shared/schedule.ts';
import { configOf, NOW, throughJson, trackOf } from './worlds.ts';

const ids = { projectId: 'p1', integrationId: 'i1' };
const timing = { settle: 20 * MINUTE, jitter: 0 };
const T0 = Date.UTC(2026, 2, 1);
const EMPTY = { rows: 0, outside: 0, sourceNow: iso(NOW) };

function viewAt(now: number, changes: Partial<IntegrationState> = {}, act: (schedule: Schedule) => void = () => {}) {
  const config = configOf({ frequency: 'hourly' });
  const tracks = firstTracks(config, T0, undefined, EMPTY);
  const state: IntegrationState = { ...initialState(config), border: T0, tracks, ...changes };
  const schedule = new Schedule(state.tracks, timing);
  act(schedule);
  return viewOf(ids, state, schedule, now);
}

describe('the view of an integration', () => {
  it('holds no secret, whatever the credentials', () => {
    const body = fc.stringMatching(/^[A-Za-z0-9_-]{38,80}$/);
    fc.assert(
      fc.property(body, (secret) => {
        const sealed = `v1.0123abcd.${secret}`;
        const credentials = { kind: 'static', accessKeyId: 'AK', secretAccessKey: sealed };
        const config = configOf({ destination: { kind: 's3', provider: 'aws', bucket: 'bucket', credentials } });
        const before = JSON.stringify(config);
        const text = JSON.stringify(viewAt(NOW, { config }));
        expect(text).not.toContain(secret);
        expect(text).toContain('"accessKeyId":"AK"');
        expect(JSON.stringify(redact(config))).not.toContain(secret);
        expect(JSON.stringify(config)).toBe(before);
      }),
    );
  });

  it('can be sent back as a configuration that keeps the stored secret', () => {
    const config = configOf();
    expect(changeConfig(config, redact(config), undefined)).toMatchObject({
      config,
      replacesDestination: false,
      moves: [],
    });
  });

  it('is JSON before and after the first activation', () => {
    const before = viewAt(NOW, { tracks: [] });
    expect(throughJson(before)).toEqual(before);
    const { border, ...fresh } = { ...initialState(configOf()), border: undefined };
    expect(border).toBeUndefined();
    const view = viewOf(ids, fresh, new Schedule([], timing), NOW);
    expect(view).toMatchObject({ status: 'active', backfillDone: false, caughtUp: false, tracks: [], holes: [] });
    for (const absent of ['border', 'exportedUpTo', 'nextPeriodAt', 'paused', 'blocked', 'lastError'])
      expect(view).not.toHaveProperty(absent);
  });

  it('is caught up only when nothing is due, runs, waits or failed', () => {
    const due = T0 + HOUR + timing.settle;
    expect(viewAt(due - 1)).toMatchObject({
      caughtUp: true,
      backfillDone: true,
      nextPeriodAt: iso(due),
      exportedUpTo: iso(T0),
    });
    expect(viewAt(due).caughtUp).toBe(false);
    const plan = (schedule: Schedule) =>
      schedule.live?.planned({ start: T0, end: T0 + HOUR, anchor: 0, length: HOUR }, [[T0 / HOUR, 4]]);
    expect(viewAt(due - 1, {}, plan).caughtUp).toBe(false);
    expect(
      viewAt(due - 1, {}, (schedule) => {
        plan(schedule);
        schedule.take(due, { live: true, other: true, fresh: true });
      }),
    ).toMatchObject({ caughtUp: false, status: 'running' });
    const failure = { type: 'DestinationDenied' as const, message: '', remedy: '' };
    const blocked = { since: NOW, failure, probes: 1, nextProbe: NOW + 1 };
    expect(viewAt(due - 1, { blocked })).toMatchObject({
      caughtUp: false,
      status: 'blocked',
      blocked: { nextProbe: iso(NOW + 1) },
    });
  });

  it('shows tracks, holes and moves with instants that people can read', () => {
    const hole = {
      start: T0 - DAY,
      end: T0,
      periods: 1,
      rows: 3,
      attempts: 2,
      nextTry: NOW,
      error: 'busy',
      leftover: ['p0'],
    };
    const backfill = trackOf({ from: T0 - DAY, to: T0, frontier: T0, holes: [hole], rowsDone: 1, rowsExpected: 4 });
    const live = trackOf({ id: 'live', purpose: 'live', axis: 'updated', from: T0 });
    const view = viewAt(NOW, { tracks: [live, backfill], moves: [{ kind: 'rewind', to: T0 }] });
    expect(view.holes).toEqual([
      {
        track: 'backfill-0',
        axis: 'event',
        start: iso(T0 - DAY),
        end: iso(T0),
        attempts: 2,
        nextTry: iso(NOW),
        error: 'busy',
      },
    ]);
    expect(view.tracks[1]).toMatchObject({
      to: iso(T0),
      exportedUpTo: iso(T0 - DAY),
      finished: false,
      rowsDone: 1,
      rowsExpected: 4,
    });
    expect(view).toMatchObject({ status: 'retrying', backfillDone: false, caughtUp: false, queuedMoves: ['rewind'] });
  });
});
