import { expect, test } from 'vitest';
import { DAY, HOUR } from '../../shared/period.ts';
import { eventually } from '../support/integration-runner.ts';
import { expectEachRowOnce, expectNoComplaint, insertMany, shownEvents } from './sink-rows.ts';
import { openSinkWorld } from './sink-world.ts';

/** A request holds so many events. */
const BATCH_EVENTS = { posthog: 1_000, mixpanel: 2_000 };

test('a worker that is stopped in the middle of a part: the next one goes on behind the last row that was settled, at both vendors', async ({
  onTestFinished,
}) => {
  const it = await openSinkWorld();
  onTestFinished(() => it.cleanup());
  const stop = await it.startWorker();
  const start = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  const running = await Promise.all(
    (['posthog', 'mixpanel'] as const).map(async (vendor) => {
      const { destination, emulator } = it.vendors[vendor];
      if (destination.kind === 's3') throw new Error('no event sink');
      const project = it.own.project(`stopped-${vendor}`);
      const batch = BATCH_EVENTS[vendor];
      await insertMany(it.own, project.projectId, { name: 'row', start, rows: batch + 400, every: 1_000 });
      // The first batch goes at once; the second would go after half an hour, or with the fresh pace of another worker.
      const one = await project.start(
        { destination: { ...destination, eventsPerSecond: 1 }, tuning: { activityAttempts: 3 } },
        { integrationId: vendor },
      );
      return { one, emulator, batch };
    }),
  );
  for (const { emulator, batch } of running) {
    await eventually(() => expect(emulator.counters().accepted).toBe(batch));
  }
  const first = running.map(({ one, emulator }) => shownEvents(emulator, one.projectId));
  await stop();
  for (const { emulator, batch } of running) expect(emulator.counters().accepted).toBe(batch);

  await it.startWorker();
  for (const [index, { one, emulator, batch }] of running.entries()) {
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    expect(shownEvents(emulator, one.projectId).slice(0, batch)).toEqual(first[index]);
    // Not even the row at the border came twice.
    const { accepted, different } = emulator.counters();
    expect(accepted).toBe(different);
    expect((await one.view()).lastPeriods.filter(({ status }) => status === 'failed')).toEqual([]);
    expectNoComplaint(emulator);
  }
});
