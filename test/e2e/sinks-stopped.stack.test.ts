import { expect, test } from 'vitest';
import { DAY, HOUR } from '../../shared/period.ts';
import { eventually } from '../support/integration-runner.ts';
import { expectEachRowOnce, expectNoComplaint, insertMany, shownEvents } from './sink-rows.ts';
import { openSinkWorld } from './sink-world.ts';

/** Requests of both vendors hold so many events. */
const BATCH_EVENTS = 2_000;

test('a worker that is stopped in the middle of a part: the next one goes on behind the last row that was settled, at both vendors', async ({
  onTestFinished,
}) => {
  const it = await openSinkWorld();
  onTestFinished(() => it.cleanup());
  const stop = await it.startWorker();
  const project = it.own.project('stopped');
  const start = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  await insertMany(it.own, project.projectId, { name: 'row', start, rows: 2_400, every: 1_000 });
  const running = await Promise.all(
    (['posthog', 'mixpanel'] as const).map(async (vendor) => {
      const { destination, emulator } = it.vendors[vendor];
      if (destination.kind === 's3') throw new Error('no event sink');
      // The first batch goes at once; the second would go after half an hour, or with the fresh pace of another worker.
      const one = await project.start(
        { destination: { ...destination, eventsPerSecond: 1 }, tuning: { activityAttempts: 3 } },
        { integrationId: vendor },
      );
      return { one, emulator };
    }),
  );
  for (const { emulator } of running) {
    await eventually(() => expect(emulator.counters().accepted).toBe(BATCH_EVENTS));
  }
  const first = running.map(({ emulator }) => shownEvents(emulator, project.projectId));
  await stop();
  for (const { emulator } of running) expect(emulator.counters().accepted).toBe(BATCH_EVENTS);

  await it.startWorker();
  for (const [index, { one, emulator }] of running.entries()) {
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    expect(shownEvents(emulator, project.projectId).slice(0, BATCH_EVENTS)).toEqual(first[index]);
    // Not even the row at the border came twice.
    const { accepted, different } = emulator.counters();
    expect(accepted).toBe(different);
    expect((await one.view()).lastPeriods.filter(({ status }) => status === 'failed')).toEqual([]);
    expectNoComplaint(emulator);
  }
});
