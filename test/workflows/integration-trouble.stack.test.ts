import { describe, expect } from 'vitest';
import { DAY, HOUR, iso } from '../../shared/period.ts';
import * as messages from '../../workflows/messages.ts';
import { committedIds } from '../support/fake-activities.ts';
import { eventually, exampleConfig, recordHistory, refusal } from '../support/integration-runner.ts';
import { workflowTest } from '../support/workflow-test.ts';
import { history, idsOf } from './rows.ts';

const it = workflowTest.extend('rows', () => history(6, 6));
const actor = 'someone';

describe('an integration in trouble', () => {
  it('is blocked when the destination refuses it, probes with growing pauses, and goes on by itself', async ({
    fake,
    runner,
  }) => {
    let denied = false;
    fake.fail = () => (denied ? 'DestinationDenied' : undefined);
    fake.failProbe = () => (denied ? 'DestinationDenied' : undefined);
    fake.delayMs = 100;
    const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 0.3 } }), { integrationId: 'blocked' });
    await one.until((state) => state.totals.rows > 2, 'exporting');
    denied = true;
    const blocked = await one.until((state) => (state.blocked?.probes ?? 0) >= 3, 'probed three times');
    expect(blocked.status).toBe('blocked');
    expect(blocked.blocked?.failure).toMatchObject({ type: 'DestinationDenied', remedy: 'none' });
    const exports = fake.calls.exportSmallPeriod;
    await one.until((state) => (state.blocked?.probes ?? 0) >= 4, 'probed again');
    expect(fake.calls.exportSmallPeriod).toBe(exports);
    denied = false;
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    await recordHistory('blocked-then-resumed', one.handle);
  });

  it('is blocked from the start when the folder is not ours, and configure lets it go on at once', async ({
    fake,
    runner,
  }) => {
    let foreign = true;
    fake.failProbe = () => (foreign ? 'ConfigInvalid' : undefined);
    const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 600 } }), { integrationId: 'foreign' });
    await one.until((state) => state.status === 'blocked', 'blocked');
    expect(fake.log).toEqual([]);
    foreign = false;
    const config = exampleConfig({ name: 'another name', tuning: { holePauseSeconds: 600 } });
    await one.handle.executeUpdate(messages.configure, { args: [{ actor, config }] });
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('starts nothing fresh with more than 50 holes, and fills them all when the fault is gone', async ({
    fake,
    runner,
  }) => {
    fake.rows = history(20, 3);
    let broken = true;
    fake.fail = () => (broken ? 'CountMismatch' : undefined);
    const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 30 } }), { integrationId: 'holes' });
    await one.until((state) => state.holes.length > 50, 'more than 50 holes');
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1500));
    await pause();
    const settled = (await one.view()).holes.length;
    // What was running when the fifty-first failed may still fail.
    expect(settled).toBeLessThanOrEqual(50 + 8);
    await pause();
    expect((await one.view()).holes.length).toBe(settled);
    broken = false;
    await one.handle.executeUpdate(messages.syncNow, { args: [{ actor }] });
    await one.until((state) => state.caughtUp && state.holes.length === 0, 'all filled');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('is retrying while the source cannot be asked', async ({ fake, runner }) => {
    fake.failPlanning = () => 'SourceOverloaded';
    const one = await runner.start(exampleConfig(), { integrationId: 'planning' });
    const view = await one.until((state) => state.lastError !== undefined, 'an error is visible');
    expect(view.status).toBe('retrying');
    fake.failPlanning = () => undefined;
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('a new destination cancels what runs for the old one; the cursor moves once', async ({ fake, runner }) => {
    fake.delayOf = (configVersion) => (configVersion === 1 ? 60_000 : 0);
    const one = await runner.start(exampleConfig(), { integrationId: 'moved' });
    await eventually(() => expect(fake.calls.exportSmallPeriod).toBeGreaterThan(1));
    const config = exampleConfig({});
    const other = { ...config, destination: { ...config.destination, bucket: 'another' } };
    expect(await refusal(one.handle.executeUpdate(messages.configure, { args: [{ actor, config: other }] }))).toContain(
      'history',
    );
    await one.handle.executeUpdate(messages.configure, { args: [{ actor, config: other, history: 'continue' }] });
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    expect(new Set(fake.log.filter(({ ids }) => ids.length > 0).map(({ configVersion }) => configVersion))).toEqual(
      new Set([2]),
    );
    // The new folder is claimed before anything is written there.
    expect(fake.claims).toBe(2);
    await eventually(() => expect(fake.audit.map(({ action }) => action)).toContain('configure'));
    expect(JSON.stringify(fake.audit)).not.toContain('v1.');
    await recordHistory('destination-changed', one.handle);
  });

  it('is blocked, not failed, when its checkpoint cannot be opened, and goes on once it can', async ({
    fake,
    runner,
  }) => {
    let closed = true;
    fake.failCheckpoint = () => (closed ? 'ConfigInvalid' : undefined);
    const one = await runner.start(exampleConfig({ tuning: { holePauseSeconds: 600 } }), {
      integrationId: 'checkpoint',
    });
    const view = await one.until((state) => state.status === 'blocked', 'blocked');
    expect(view.blocked?.failure.type).toBe('ConfigInvalid');
    expect(fake.log).toEqual([]);
    closed = false;
    await one.handle.executeUpdate(messages.resume, { args: [{ actor }] });
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
  });

  it('history: restart exports everything again to the new place', async ({ fake, runner }) => {
    const one = await runner.start(exampleConfig(), { integrationId: 'restart' });
    await one.until((state) => state.caughtUp, 'caught up');
    const config = exampleConfig({});
    const other = { ...config, destination: { ...config.destination, bucket: 'another' } };
    await one.handle.executeUpdate(messages.configure, { args: [{ actor, config: other, history: 'restart' }] });
    await one.until((state) => state.caughtUp && state.totals.rows === 2 * fake.rows.length, 'everything twice');
    expect(fake.claims).toBe(2);
    const second = fake.log.filter(({ configVersion }) => configVersion === 2).flatMap(({ ids }) => ids);
    expect(second.sort()).toEqual(idsOf(fake.rows));
  });

  it('a changed frequency begins at a shared bound; windows tile, also after a rewind across the change', async ({
    fake,
    runner,
  }) => {
    fake.rows = history(12, 5);
    fake.delayMs = 20;
    const one = await runner.start(exampleConfig({ tuning: { sweepHours: [] } }), { integrationId: 'frequency' });
    await one.until((state) => state.totals.rows > 5, 'exporting');
    await one.handle.executeUpdate(messages.configure, {
      args: [{ actor, config: exampleConfig({ frequency: 'daily', tuning: { sweepHours: [] } }) }],
    });
    await one.until((state) => state.caughtUp, 'caught up');
    await one.handle.executeUpdate(messages.rewind, { args: [{ actor, to: iso(Date.now() - 11 * DAY) }] });
    await eventually(async () => expect((await one.view()).queuedMoves).toEqual([]));
    await one.until((state) => state.caughtUp, 'caught up again');
    for (const axis of ['event', 'updated']) {
      const windows = [...fake.commits.values()].filter(
        (commit) => commit.window.axis === axis && commit.ids.length > 0,
      );
      windows.sort((a, b) => (a.window.start < b.window.start ? -1 : 1));
      windows.forEach(({ window }, index) => {
        const next = windows[index + 1];
        if (next !== undefined) expect(window.end <= next.window.start).toBe(true);
      });
    }
    const lengths = new Set(
      [...fake.commits.values()]
        .filter(({ periods }) => periods === 1)
        .map(({ window }) => Date.parse(window.end) - Date.parse(window.start)),
    );
    const border = (await one.view()).border;
    const cutAtBorder = [...fake.commits.values()].find(
      ({ window }) => window.axis === 'event' && window.end === border,
    );
    const last =
      cutAtBorder === undefined ? [] : [Date.parse(cutAtBorder.window.end) - Date.parse(cutAtBorder.window.start)];
    expect(new Set([...lengths, ...last])).toEqual(new Set([HOUR, DAY, ...last]));
    const open = (await one.view()).exportedUpTo ?? '';
    expect(committedIds(fake)).toEqual(idsOf(fake.rows.filter(({ updated }) => updated < Date.parse(open))));
  });
});
