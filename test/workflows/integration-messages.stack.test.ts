import { describe, expect } from 'vitest';
import { HOUR, iso } from '../../shared/period.ts';
import * as messages from '../../workflows/messages.ts';
import { committedIds } from '../support/fake-activities.ts';
import { eventually, exampleConfig, recordHistory, refusal } from '../support/integration-runner.ts';
import { workflowTest } from '../support/workflow-test.ts';
import { history, idsOf } from './rows.ts';

const it = workflowTest.extend('rows', () => history(8, 6));
const actor = 'someone';

describe('messages to an integration', () => {
  it('pause cancels what runs and resume does it again, with nothing lost or doubled', async ({ fake, runner }) => {
    fake.delayMs = 60_000;
    const one = await runner.start(exampleConfig(), { integrationId: 'pause' });
    await one.until((state) => state.status === 'running', 'running');
    await eventually(() => expect(fake.calls.exportSmallPeriod).toBeGreaterThan(2));
    await one.handle.executeUpdate(messages.pause, { args: [{ actor, reason: 'maintenance' }] });
    const paused = await one.until(
      (state) => state.holes.length > 0 && state.holes.every(({ error }) => error === 'cancelled'),
      'cancelled',
    );
    expect(paused.status).toBe('paused');
    expect(paused.paused?.reason).toBe('maintenance');
    const committed = fake.log.filter(({ ids }) => ids.length > 0).length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(fake.log.filter(({ ids }) => ids.length > 0)).toHaveLength(committed);
    expect(await refusal(one.handle.executeUpdate(messages.syncNow, { args: [{ actor }] }))).toContain(
      'paused (maintenance)',
    );
    fake.delayMs = 0;
    await one.handle.executeUpdate(messages.resume, { args: [{ actor }] });
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    await eventually(() =>
      expect(fake.audit.map(({ action, actor: who }) => `${who} ${action}`)).toEqual([
        'test create',
        'someone pause',
        'someone resume',
      ]),
    );
    await recordHistory('pause-during-work', one.handle);
  });

  it('syncNow twice and a due tick are one run', async ({ fake, runner }) => {
    const one = await runner.start(exampleConfig(), { integrationId: 'sync' });
    await one.until((state) => state.caughtUp, 'caught up');
    const before = fake.log.length;
    const [first, second] = await Promise.all([
      one.handle.executeUpdate(messages.syncNow, { args: [{ actor }] }),
      one.handle.executeUpdate(messages.syncNow, { args: [{ actor }] }),
    ]);
    expect(Date.parse(first.nextPeriodAt ?? '')).toBeGreaterThan(Date.now());
    expect(second.nextPeriodAt).toBe(first.nextPeriodAt);
    await one.until((state) => state.caughtUp, 'caught up again');
    expect(fake.log).toHaveLength(before);
  });

  it('rewind exports everything from there on again, as the next revision', async ({ fake, runner }) => {
    const one = await runner.start(exampleConfig(), { integrationId: 'rewind' });
    await one.until((state) => state.caughtUp, 'caught up');
    const to = Date.now() - 30 * HOUR;
    const answer = await one.handle.executeUpdate(messages.rewind, { args: [{ actor, to: iso(to) }] });
    expect(answer).toMatchObject({ queued: true });
    await eventually(async () => expect((await one.view()).queuedMoves).toEqual([]));
    await one.until((state) => state.caughtUp, 'caught up again');
    const start = Math.floor(to / HOUR) * HOUR;
    for (const { window, revision, ids } of fake.commits.values()) {
      if (ids.length > 0)
        expect([window.start, revision]).toEqual([window.start, Date.parse(window.start) >= start ? 2 : 1]);
    }
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('reexport does a range again and leaves the cursors alone', async ({ fake, runner }) => {
    const one = await runner.start(exampleConfig(), { integrationId: 'reexport' });
    const before = await one.until((state) => state.caughtUp, 'caught up');
    const from = Date.now() - 7 * 24 * HOUR;
    const to = from + 20 * HOUR;
    await one.handle.executeUpdate(messages.reexport, { args: [{ actor, from: iso(from), to: iso(to) }] });
    await eventually(async () => expect((await one.view()).queuedMoves).toEqual([]));
    const after = await one.until(
      (state) => state.caughtUp && state.totals.rows > before.totals.rows,
      'exported again',
    );
    expect(after.exportedUpTo).toBe(before.exportedUpTo);
    const again = [...fake.commits.values()].filter(({ revision, ids }) => revision === 2 && ids.length > 0);
    expect(again.length).toBeGreaterThan(0);
    for (const { window } of again) {
      expect(Date.parse(window.end)).toBeGreaterThan(from);
      expect(Date.parse(window.start)).toBeLessThan(to);
    }
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('a failing period becomes a hole, the others go on, and it is filled when the fault is gone', async ({
    fake,
    runner,
  }) => {
    const poisoned = fake.rows[3];
    if (poisoned === undefined) throw new Error('no rows');
    let broken = true;
    fake.fail = (window) =>
      broken &&
      window.axis === 'event' &&
      Date.parse(window.start) <= poisoned.event &&
      poisoned.event < Date.parse(window.end)
        ? 'DestinationBusy'
        : undefined;
    const one = await runner.start(exampleConfig(), { integrationId: 'hole' });
    const failing = await one.until(
      (state) => state.holes.some(({ attempts }) => attempts >= 2) && state.totals.rows === fake.rows.length - 1,
      'only the hole is left',
    );
    expect(failing.status).toBe('retrying');
    expect(failing.holes).toHaveLength(1);
    expect(failing.holes[0]?.error).toContain('DestinationBusy');
    expect(failing.exportedUpTo).toBe(failing.holes[0]?.start);
    broken = false;
    await one.handle.executeUpdate(messages.syncNow, { args: [{ actor }] });
    await one.until((state) => state.caughtUp, 'the hole is filled');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    await eventually(() => expect(fake.ledger.some(({ status }) => status === 'failed')).toBe(true));
    await recordHistory('hole-and-filled', one.handle);
  });

  it('skip gives up a failed period, with a reason in ledger and audit log', async ({ fake, runner }) => {
    const poisoned = fake.rows[3];
    if (poisoned === undefined) throw new Error('no rows');
    fake.fail = (window) =>
      window.axis === 'event' && Date.parse(window.start) <= poisoned.event && poisoned.event < Date.parse(window.end)
        ? 'CountMismatch'
        : undefined;
    const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 5 } }), { integrationId: 'skip' });
    const failing = await one.until(
      (state) => state.holes.length === 1 && state.totals.rows === fake.rows.length - 1,
      'only the hole is left',
    );
    const period = failing.holes[0]?.start ?? '';
    expect(
      await refusal(one.handle.executeUpdate(messages.skip, { args: [{ actor, period: iso(0), reason: 'x' }] })),
    ).toContain('not among the failed periods');
    expect(
      await refusal(one.handle.executeUpdate(messages.skip, { args: [{ actor, period, reason: ' ' }] })),
    ).toContain('reason');
    await one.handle.executeUpdate(messages.skip, { args: [{ actor, period, reason: 'beyond repair' }] });
    const after = await one.until((state) => state.caughtUp && state.holes.length === 0, 'went on');
    expect(after.lastPeriods[0]?.status).toBe('skipped');
    await eventually(() =>
      expect(fake.ledger.find(({ status }) => status === 'skipped')?.error).toContain('beyond repair'),
    );
    expect(committedIds(fake)).toEqual(idsOf(fake.rows.filter((row) => row !== poisoned)));
  });
});
