import { describe, expect } from 'vitest';
import { DAY, HOUR } from '../../shared/period.ts';
import { committedIds } from '../support/fake-activities.ts';
import { eventually, exampleConfig, recordHistory } from '../support/integration-runner.ts';
import { workflowTest as it } from '../support/workflow-test.ts';
import { history, idsOf } from './rows.ts';

describe('an integration that is started for the first time', () => {
  it('exports the whole history and the live periods, each row once', async ({ fake, runner }) => {
    fake.rows = history(10, 5);
    const one = await runner.start(exampleConfig(), { integrationId: 'first' });
    const view = await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    expect(view.totals.rows).toBe(fake.rows.length);
    expect(view.status).toBe('active');
    expect(fake.claims).toBe(1);
    await eventually(() => expect(fake.checkpoints.length).toBeGreaterThan(0));
    expect(fake.ledger.reduce((sum, row) => sum + row.rows, 0)).toBe(fake.rows.length);
    expect(fake.audit.map(({ action }) => action)).toEqual(['create']);
    await recordHistory('first-run-and-idle', one.handle);
  });

  it('has no backfill for an empty project, commits the empty live periods in few manifests, and exports what comes later', async ({
    fake,
    runner,
  }) => {
    const one = await runner.start(exampleConfig({ frequency: 'every_1_seconds', tuning: { sweepHours: [] } }), {
      integrationId: 'empty',
    });
    const view = await one.until((state) => state.totals.periods > 100_000, 'the empty live periods were committed');
    expect(view.tracks.map(({ id }) => id)).toEqual(['live']);
    expect(fake.log.length).toBeLessThan(40);
    const now = Date.now();
    fake.rows.push({ id: 'late span', event: now - 2 * DAY, updated: now });
    await one.until((state) => state.totals.rows === 1, 'the new row was exported');
    expect(committedIds(fake)).toEqual(['late span']);
    await one.handle.cancel();
  });

  it('exports rows of FROM_TODAY that were written before the activation, and nothing older', async ({
    fake,
    runner,
  }) => {
    const midnight = Math.floor(Date.now() / DAY) * DAY;
    fake.rows = [
      { id: 'yesterday', event: midnight - HOUR, updated: midnight - HOUR },
      { id: 'this morning', event: midnight, updated: midnight + 1 },
    ];
    const one = await runner.start(
      exampleConfig({ mode: 'FROM_TODAY', frequency: 'every_20_minutes', tuning: { sweepHours: [] } }),
      {
        integrationId: 'today',
      },
    );
    // The present period is not closed yet, so early in the day the row may still have to wait: then only "nothing older" can be seen.
    await one.until((state) => state.caughtUp, 'caught up');
    const closed = Date.now() - 20 * 60_000 > midnight + 1;
    expect(committedIds(fake)).toEqual(closed ? ['this morning'] : []);
  });

  it('delivers rows dated 1970, far in the future and in the far past, once', async ({ fake, runner }) => {
    const old = Date.now() - 30 * DAY;
    fake.rows = [
      { id: '1900', event: Date.UTC(1900, 0, 1), updated: old },
      { id: '1970', event: 3 * DAY, updated: old },
      { id: '2200', event: Date.UTC(2200, 0, 1), updated: old },
      ...history(5, 24),
    ];
    const one = await runner.start(exampleConfig({ frequency: 'hourly' }), { integrationId: 'odd-dates' });
    await one.until((state) => state.caughtUp, 'caught up');
    expect(committedIds(fake)).toEqual(idsOf(fake.rows));
    // 490,000 empty hours lie between 1970 and now.
    expect(fake.log.length).toBeLessThan(200);
    expect(fake.calls.planSpan).toBeLessThan(60);
  });
});
