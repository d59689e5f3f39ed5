import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../shared/period.ts';
import { eventually } from '../support/integration-runner.ts';
import { actor, type RunningIntegration } from './export-world.ts';
import { ownPostHog } from './own-posthog.ts';
import { expectEachRowOnce, expectNoComplaint, insertMany, rootRow, sentRows, shownEvents } from './sink-rows.ts';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

/** Pause, change of configuration, a key that is refused, nothing to do: what happens to an integration that sends events. */
let it: SinkWorld;
beforeAll(async () => {
  it = await openSinkWorld();
  await it.startWorker();
});
afterAll(() => it.cleanup());

const HOUR_START = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
const idOf = ({ projectId, integrationId }: RunningIntegration) => ({ projectId, integrationId, actor });

/** The first batch goes at once and puts the pace into debt for half an hour: the second one waits until something else happens. */
const ONE_BATCH = { eventsPerSecond: 1 };
/** Of PostHog's requests. */
const BATCH_EVENTS = 1_000;

/** A project with two batches in one period. */
async function twoBatches(name: string) {
  const project = it.own.project(name);
  await insertMany(it.own, project.projectId, { name: 'row', start: HOUR_START, rows: 1_400, every: 1_000 });
  return project;
}

describe.concurrent('in the middle of a part', () => {
  test('pause ends it; after resume all rows are there, and what came twice counts once', async ({
    onTestFinished,
  }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const project = await twoBatches('paused');
    const one = await project.start({ destination: at(ONE_BATCH) });
    await eventually(() => expect(emulator.counters().accepted).toBe(BATCH_EVENTS));
    await it.own.exports.integrations.pause({ ...idOf(one), reason: 'maintenance' });
    await one.until(({ holes }) => holes.some(({ error }) => error === 'cancelled'), 'it is cancelled');
    expect(await one.view()).toMatchObject({ status: 'paused', totals: { rows: 0, rejected: 0 } });
    expect(emulator.counters().accepted).toBe(BATCH_EVENTS);
    await one.update({ destination: at() });
    await it.own.exports.integrations.resume(idOf(one));
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    expectNoComplaint(emulator);
  });

  test('another style: the period is sent again in the new one, whole', async ({ onTestFinished }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const project = await twoBatches('style');
    const one = await project.start({ destination: at(ONE_BATCH) });
    await eventually(() => expect(emulator.counters().accepted).toBe(BATCH_EVENTS));
    await one.update({ destination: at({ eventStyle: 'langfuse' }) });
    await one.untilExported();
    const rows = await sentRows(it.own, one.projectId);
    const ids = emulator
      .events()
      .flatMap(({ event, properties }) => (event === 'langfuse observation' ? [properties.langfuse_id] : []));
    expect(ids.sort()).toEqual(rows.map(({ id }) => id).sort());
    expect((await one.view()).totals).toMatchObject({ rows: rows.length, rejected: 0 });
    expectNoComplaint(emulator);
  });
});

describe.concurrent('a key that is refused', () => {
  test('blocks the integration with a remedy before a row is sent; when PostHog knows the key, it goes on by itself', async ({
    onTestFinished,
  }) => {
    const stranger = await ownPostHog(onTestFinished, { keys: ['phc_of_somebody_else'] });
    const { port } = new URL(stranger.emulator.url);
    const project = it.own.project('unknown-key');
    await project.insert(rootRow('old', HOUR_START), rootRow('new', Date.now() - DAY));
    const one = await project.start({ destination: stranger.at() });
    const { blocked } = await one.until(({ status }) => status === 'blocked', 'it is blocked');
    expect(blocked?.failure).toMatchObject({
      type: 'DestinationDenied',
      message: expect.stringContaining('does not accept the key'),
      remedy: expect.stringContaining('phc_'),
    });
    expect(stranger.emulator.counters()).toMatchObject({ accepted: 0, dropped: {} });
    await stranger.emulator.close();
    const { emulator } = await ownPostHog(onTestFinished, { port: Number(port) });
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
  });

  test('another one that is entered ends the block', async () => {
    const project = it.own.project('wrong-token');
    await project.insert(rootRow('old', HOUR_START), rootRow('new', Date.now() - DAY));
    const { destination, emulator } = it.vendors.mixpanel;
    const token = 'f'.repeat(32);
    const one = await project.start({
      destination: { kind: 'mixpanel', credentials: { kind: 'project_token', token } },
      tuning: { holePauseSeconds: 300 },
    });
    const { blocked } = await one.until(({ status }) => status === 'blocked', 'it is blocked');
    expect(blocked?.failure).toMatchObject({
      type: 'DestinationDenied',
      remedy: expect.stringContaining('project token'),
    });
    await one.update({ destination });
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
  });
});

describe.concurrent('what is sent', () => {
  test('nothing of a project without rows, and the integration is caught up', async ({ onTestFinished }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const one = await it.own.project('empty').start({ destination: at() });
    const view = await one.untilExported();
    expect(view.totals).toMatchObject({ rows: 0, rejected: 0 });
    expect(view.totals.periods).toBe(view.totals.emptyPeriods);
    expect(emulator.counters()).toMatchObject({ accepted: 0, refused: {} });
  });

  test('only rows that pass the filters', async () => {
    const project = it.own.project('filtered');
    await project.insert(
      ...['a-1', 'a-2', 'b-1'].map((id) => rootRow(id, HOUR_START)),
      ...['a-live', 'b-live'].map((id) => rootRow(id, Date.now() - DAY)),
    );
    const { destination, emulator } = it.vendors.mixpanel;
    const filters = [{ column: 'name', type: 'string', operator: 'starts with', value: 'name of a' }] as const;
    const one = await project.start({ destination, filters: [...filters] });
    await one.untilExported();
    const wanted = ['a-1', 'a-2', 'a-live'];
    expect(shownEvents(emulator, one.projectId).sort()).toEqual(
      wanted.flatMap((id) => [`row ${id}`, `trace of-${id}`]).sort(),
    );
    expect((await one.view()).totals).toMatchObject({ rows: wanted.length, rejected: 0 });
  });

  test.each(['posthog', 'mixpanel'] as const)(
    'a row that changes is sent again with the same id, so that %s goes on showing one event, whichever it keeps',
    async (vendor) => {
      const project = it.own.project(`${vendor}-changed`);
      const start = Date.now() - DAY;
      await project.insert(rootRow('row', start));
      const { destination, emulator } = it.vendors[vendor];
      const one = await project.start({ destination, frequency: 'every_5_seconds', settleMinutes: 0.05 });
      await one.untilExported();
      const at = Date.now();
      await project.insert(rootRow('row', start, { at, tags: ['later'] }));
      await one.untilExported(at + 5_000);
      expect((await one.view()).totals.rows).toBe(2);
      expect(shownEvents(emulator, one.projectId)).toEqual(['row row', 'trace of-row']);
      const ids = emulator
        .events()
        .flatMap(({ id, properties }) => (properties.langfuse_project_id === one.projectId ? [id] : []));
      expect(ids.map((id) => emulator.timesReceived(id))).toEqual([2, 2]);
    },
  );

  test('the same project at the vendor by two integrations at once: both send everything, and it counts once', async () => {
    const { destination, emulator } = it.vendors.mixpanel;
    const project = it.own.project('two');
    await insertMany(it.own, project.projectId, { name: 'row', start: HOUR_START, rows: 900, every: 1_000 });
    const both = await Promise.all(
      ['one', 'two'].map((integrationId) => project.start({ destination }, { integrationId })),
    );
    for (const one of both) {
      await one.untilExported();
      expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    }
  });
});
