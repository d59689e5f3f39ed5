import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, iso } from '../../shared/period.ts';
import { insertLegacyRows } from '../support/legacy-rows.ts';
import { actor, type RunningIntegration } from './export-world.ts';
import { ownPostHog } from './own-posthog.ts';
import { expectEachRowOnce, expectNoComplaint, rootRow, shownEvents } from './sink-rows.ts';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

/** What is sent again, what is not, and what comes late. */
let it: SinkWorld;
beforeAll(async () => {
  it = await openSinkWorld();
  await it.startWorker();
});
afterAll(() => it.cleanup());

const HOUR_START = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
const idOf = ({ projectId, integrationId }: RunningIntegration) => ({ projectId, integrationId, actor });
const QUICK = { frequency: 'every_5_seconds', settleMinutes: 0.1 } as const;
const both = (id: string) => [`row ${id}`, `trace of-${id}`];

describe.concurrent('exported again', () => {
  test('reexport sends the rows of the range with the same ids, and what is still refused is listed once', async ({
    onTestFinished,
  }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const project = it.own.project('reexport');
    await project.insert(
      ...['a', 'b', 'c'].map((id, index) => rootRow(id, HOUR_START + index * HOUR)),
      rootRow('ahead', Date.now() + 100 * HOUR, { at: HOUR_START }),
    );
    const one = await project.start({ destination: at() });
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual(['ahead']);
    const received = (name: string) =>
      emulator
        .events()
        .flatMap(({ id, properties }) =>
          properties.$ai_span_name === `name of ${name}` ? [emulator.timesReceived(id)] : [],
        );

    await it.own.exports.integrations.reexport({
      ...idOf(one),
      from: iso(HOUR_START + HOUR),
      to: iso(HOUR_START + 2 * HOUR),
    });
    await one.until(({ totals }) => totals.rows === 3 + 1, 'it was exported again');
    await one.untilExported();
    expect([received('a'), received('b'), received('c')]).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
    ]);
    await it.own.exports.integrations.rewind({ ...idOf(one), to: iso(HOUR_START) });
    await one.until(({ totals }) => totals.rows === 4 + 3, 'everything was exported again');
    await one.untilExported();
    expect(shownEvents(emulator, one.projectId).sort()).toEqual(['a', 'b', 'c'].flatMap(both).sort());
    const { entries } = await it.own.exports.integrations.rejected(one);
    expect(entries.map(({ id, revision }) => [id, revision > 1])).toEqual([['ahead', true]]);
    expectNoComplaint(emulator);
  });

  test('deleted and created again it goes on from its checkpoint and sends only what is new; fresh it sends all, and nothing counts twice', async ({
    onTestFinished,
  }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const project = it.own.project('deleted');
    await project.insert(rootRow('old', HOUR_START), rootRow('yesterday', Date.now() - DAY));
    const first = await project.start({ ...QUICK, destination: at() });
    await first.untilExported();
    await it.own.exports.integrations.delete(idOf(first));
    const accepted = emulator.counters().accepted;
    expect(accepted).toBe(4);
    const now = Date.now();
    await project.insert(rootRow('meanwhile', now));
    const second = await project.start({ ...QUICK, destination: at() });
    await second.untilExported(now + 5_000);
    expect(await expectEachRowOnce(it.own, second, emulator)).toEqual([]);
    expect(emulator.counters().accepted).toBe(accepted + 2);
    await it.own.exports.integrations.delete(idOf(second));

    const third = await project.start({ ...QUICK, destination: at() }, { fresh: true });
    await third.untilExported();
    expect(await expectEachRowOnce(it.own, third, emulator)).toEqual([]);
    expect(emulator.counters()).toMatchObject({ accepted: 2 * (accepted + 2), different: accepted + 2 });
  });
});

describe.concurrent('rows that become visible late', () => {
  test('are sent by the sweep that finds them, and no others with them', async ({ onTestFinished }) => {
    const { emulator, at } = await ownPostHog(onTestFinished);
    const project = it.own.project('late');
    const one = await project.start({
      destination: at(),
      frequency: 'every_5_seconds',
      settleMinutes: 0.05,
      tuning: { sweepHours: [0.003] },
    });
    await one.untilExported();
    const written = Date.now();
    await project.insert(rootRow('in-time', written));
    await one.untilExported(written + 5_000);
    expect(shownEvents(emulator, one.projectId).sort()).toEqual(both('in-time').sort());
    // The ingestion stalled: written in a period that is exported already.
    await project.insert(rootRow('late', written - DAY, { at: written }));
    await one.until(
      ({ tracks }) =>
        tracks.some(({ purpose, exportedUpTo }) => purpose === 'sweep' && Date.parse(exportedUpTo) > written + 5_000),
      'the sweep',
    );
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    expect(emulator.counters()).toMatchObject({ accepted: 4, different: 4 });
    expectNoComplaint(emulator);
  });
});

describe.concurrent('the older tables', () => {
  test('rows of several tables that share an id are listed each, page by page', async () => {
    const project = it.own.project('same-ids');
    const at = HOUR_START;
    const ahead = Date.now() + 100 * DAY;
    await insertLegacyRows(it.own.world.clickhouse.client, project.projectId, {
      traces: [{ id: 'same', timestamp: ahead, at }],
      observations: [{ id: 'same', trace_id: 'same', start_time: ahead, at }],
      scores: [{ id: 'same', trace_id: 'same', timestamp: ahead, at }],
    });
    const { destination } = it.vendors.mixpanel;
    const one = await project.start({ sources: ['traces', 'observations', 'scores'], destination });
    const { totals } = await one.untilExported();
    expect(totals).toMatchObject({ rows: 0, rejected: 3 });
    const listed: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await it.own.exports.integrations.rejected({ ...one, pageSize: 1, pageToken });
      listed.push(...page.entries.map(({ source }) => source));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(listed.sort()).toEqual(['observations', 'scores', 'traces']);
  });

  test.each(['posthog', 'mixpanel'] as const)(
    'traces, observations and scores of one integration arrive as events of their kinds: %s',
    async (vendor) => {
      const { emulator, destination } = it.vendors[vendor];
      const project = it.own.project(`${vendor}-legacy`);
      const { projectId } = project;
      const recent = Date.now() - 3 * HOUR;
      await insertLegacyRows(it.own.world.clickhouse.client, projectId, {
        traces: [
          { id: 'trace-1', timestamp: HOUR_START },
          { id: 'trace-2', timestamp: recent },
        ],
        observations: [
          { id: 'span-1', trace_id: 'trace-1', start_time: HOUR_START + 1 },
          { id: 'span-2', trace_id: 'trace-2', start_time: recent + 1 },
        ],
        scores: [
          { id: 'score-1', trace_id: 'trace-1', timestamp: HOUR_START + 2, name: 'quality', value: 0.5 },
          { id: 'score-2', trace_id: 'trace-2', timestamp: recent + 2, name: 'quality', value: 1 },
        ],
      });
      const sources: ('traces' | 'observations' | 'scores')[] = ['traces', 'observations', 'scores'];
      const one = await project.start({ sources, destination });
      const { totals } = await one.untilExported();
      expect(totals).toMatchObject({ rows: 6, rejected: 0 });
      const sent = emulator.events().flatMap(({ event, properties }) => {
        if (properties.langfuse_project_id !== projectId) return [];
        const kind = event.replace('$', '');
        return [`${kind} ${properties.$ai_span_id ?? properties.ai_span_id ?? properties.langfuse_score_value}`];
      });
      expect(sent.sort()).toEqual([
        'ai_metric 0.5',
        'ai_metric 1',
        'ai_span span-1',
        'ai_span span-2',
        'ai_trace trace-1',
        'ai_trace trace-2',
      ]);
    },
  );
});
