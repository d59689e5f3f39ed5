import { Worker } from '@temporalio/worker';
import { describe, expect } from 'vitest';
import { type Activities, streamingQueue } from '../../shared/activities.ts';
import { HOUR, iso } from '../../shared/period.ts';
import type { ReplayResult } from '../../shared/rejected.ts';
import * as messages from '../../workflows/messages.ts';
import { createFakeWorld, fakeFailure } from '../support/fake-activities.ts';
import { eventually, exampleConfig, recordHistory, refusal, sealedExample } from '../support/integration-runner.ts';
import { workflowTest } from '../support/workflow-test.ts';
import { history } from './rows.ts';

const actor = 'ada';

/** Every replay of a test and what it answers. */
interface Script {
  inputs: Parameters<Activities['replayRejected']>[0][];
  answer: (nth: number) => Promise<ReplayResult & { next?: string }>;
}

const NOTHING = { tried: 0, accepted: 0, rejected: 0, gone: 0 };

/** An integration that sends events to a PostHog of one's own, with the worker of its queue. */
const it = workflowTest
  .extend('script', (): Script => ({ inputs: [], answer: async () => NOTHING }))
  .extend('fake', ({ rows, script }) => {
    const fake = createFakeWorld(rows);
    fake.activities.replayRejected = async (input) => {
      script.inputs.push(input);
      return script.answer(script.inputs.length);
    };
    return fake;
  })
  .extend('start', async ({ world, fake, runner }, { onCleanup }) => {
    const { namespace, nativeConnection } = world.temporal;
    const worker = await Worker.create({
      connection: await nativeConnection(),
      namespace,
      taskQueue: streamingQueue(runner.taskQueue, 'posthog'),
      activities: { ...fake.activities },
      // Cancellations come with the answers to heartbeats.
      maxHeartbeatThrottleInterval: 100,
    });
    const running = worker.run();
    onCleanup(async () => {
      worker.shutdown();
      await running;
    });
    const destination = {
      kind: 'posthog',
      region: 'custom',
      host: 'http://127.0.0.1:1',
      projectApiKey: sealedExample,
    };
    return (integrationId: string) => runner.start(exampleConfig({ destination }), { integrationId });
  });

const replay = (reason?: string): { args: [{ actor: string; reason?: string }] } => ({
  args: [{ actor, ...(reason !== undefined && { reason }) }],
});

describe('replayRejected', () => {
  it('goes on until no rows are left, adds up what became of them, and stands in the audit log', async ({
    fake,
    script,
    start,
  }) => {
    fake.rows = history(1, 6);
    script.answer = async (nth) => ({
      ...{ tried: 10, accepted: 7, rejected: 2, gone: 1 },
      ...(nth < 3 && { next: `after ${nth}` }),
    });
    const one = await start('pages');
    await one.until(({ caughtUp }) => caughtUp, 'caught up');
    const { totals } = await one.view();
    const answer = await one.handle.executeUpdate(messages.replayRejected, replay('too_large'));
    expect(answer).toMatchObject({ queued: true, message: expect.stringMatching(/\w.*\.$/) });
    const view = await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(view.lastReplay?.result).toEqual({ tried: 30, accepted: 21, rejected: 6, gone: 3 });
    expect(view.lastReplay?.failure).toBeUndefined();
    expect(view.replay).toBeUndefined();
    expect(view.totals).toMatchObject({ rows: totals.rows + 21, rejected: totals.rejected - 24 });
    expect(script.inputs.map(({ reason, after }) => [reason, after])).toEqual([
      ['too_large', undefined],
      ['too_large', 'after 1'],
      ['too_large', 'after 2'],
    ]);
    await eventually(() =>
      expect(fake.audit.at(-1)).toMatchObject({ action: 'replayRejected', actor, change: '{"reason":"too_large"}' }),
    );
    await recordHistory('replay-rejected', one.handle);
  });

  it('tells a failure, with what was done until then, and does not try for ever', async ({ script, start }) => {
    script.answer = async (nth) => {
      if (nth === 2) throw fakeFailure('DestinationBusy');
      return { tried: 4, accepted: 4, rejected: 0, gone: 0, next: 'there' };
    };
    const one = await start('failing');
    await one.handle.executeUpdate(messages.replayRejected, replay());
    const view = await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(view.lastReplay).toMatchObject({
      result: { tried: 4, accepted: 4 },
      failure: { type: 'DestinationBusy', message: 'fake DestinationBusy', remedy: expect.stringMatching(/\w/) },
    });
    expect(view.totals.rows).toBe(4);
    expect(view.replay).toBeUndefined();
    expect(script.inputs).toHaveLength(2);
    // It can be asked for again.
    script.answer = async () => NOTHING;
    await one.handle.executeUpdate(messages.replayRejected, replay());
    await one.until(
      ({ lastReplay }) => lastReplay !== undefined && lastReplay.failure === undefined,
      'without a failure',
    );
  });

  it('is refused while one runs, with an empty reason, and for files', async ({ script, start, runner }) => {
    const { promise, resolve } = Promise.withResolvers<ReplayResult>();
    script.answer = () => promise;
    const one = await start('refused');
    expect(await refusal(one.handle.executeUpdate(messages.replayRejected, replay('')))).toMatch(/^reason: /);
    await one.handle.executeUpdate(messages.replayRejected, replay());
    expect(await refusal(one.handle.executeUpdate(messages.replayRejected, replay()))).toMatch(/wait until/);
    resolve(NOTHING);
    await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    const files = await runner.start(exampleConfig(), { integrationId: 'files' });
    expect(await refusal(files.handle.executeUpdate(messages.replayRejected, replay()))).toMatch(
      /Files reject no rows/,
    );
  });

  it('waits while the integration is paused or blocked', async ({ fake, script, start }) => {
    const one = await start('paused');
    await one.until(({ caughtUp }) => caughtUp, 'caught up');
    await one.handle.executeUpdate(messages.pause, { args: [{ actor, reason: 'maintenance' }] });
    await one.handle.executeUpdate(messages.replayRejected, replay());
    const { probes, audit } = fake;
    await eventually(() => expect(audit.at(-1)?.action).toBe('replayRejected'));
    expect(await one.view()).toMatchObject({ status: 'paused', replay: NOTHING });
    expect(script.inputs).toEqual([]);

    // Another key must pass the test before anything is sent with it.
    fake.failProbe = () => 'DestinationDenied';
    const { config } = await one.view();
    if (config.destination.kind !== 'posthog') throw new Error('no PostHog');
    const projectApiKey = sealedExample.replace('AAAA', 'BBBB');
    const other = { ...config, destination: { ...config.destination, projectApiKey } };
    await one.handle.executeUpdate(messages.configure, { args: [{ actor, config: other }] });
    await one.handle.executeUpdate(messages.resume, { args: [{ actor }] });
    await one.until(({ status, blocked }) => status === 'blocked' && (blocked?.probes ?? 0) > 0, 'probed in vain');
    expect(fake.probes).toBeGreaterThan(probes);
    expect(script.inputs).toEqual([]);
    fake.failProbe = () => undefined;
    await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(script.inputs.map(({ job }) => job.configVersion)).toEqual([2]);
  });

  it('goes on where it was after a pause and when the integration continues as new', async ({ script, start }) => {
    const [pausedAt, renewedAt, last] = [2, 90, 100];
    const gates = new Map([pausedAt, renewedAt].map((nth) => [nth, Promise.withResolvers<void>()]));
    script.answer = async (nth) => {
      await gates.get(nth)?.promise;
      return { tried: 1, accepted: 1, rejected: 0, gone: 0, ...(nth < last && { next: String(nth) }) };
    };
    const one = await start('long');
    const { runId: firstRun } = await one.handle.describe();
    await one.until(({ caughtUp }) => caughtUp, 'caught up');
    await one.handle.executeUpdate(messages.replayRejected, replay());
    await eventually(() => expect(script.inputs).toHaveLength(pausedAt));
    await one.handle.executeUpdate(messages.pause, { args: [{ actor, reason: 'maintenance' }] });
    gates.get(pausedAt)?.resolve();
    const paused = await one.until((view) => view.replay?.tried === pausedAt, 'what ran has ended');
    expect(paused.lastReplay).toBeUndefined();
    await one.handle.executeUpdate(messages.resume, { args: [{ actor }] });

    await eventually(() => expect(script.inputs).toHaveLength(renewedAt));
    // Moves are made when nothing runs, and with a history of this length by a new run.
    await one.handle.executeUpdate(messages.rewind, { args: [{ actor, to: iso(Date.now() - 2 * HOUR) }] });
    gates.get(renewedAt)?.resolve();
    const view = await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(view.lastReplay?.result).toEqual({ tried: last, accepted: last, rejected: 0, gone: 0 });
    expect(script.inputs.map(({ after }) => after)).toEqual(
      Array.from({ length: last }, (_, index) => (index === 0 ? undefined : String(index))),
    );
    expect((await one.handle.describe()).runId).not.toBe(firstRun);
  });
});

it('an integration that sends events works on the queue of its vendor', async ({ fake, start }) => {
  fake.rows = history(2, 3);
  const one = await start('events');
  const view = await one.until(({ caughtUp }) => caughtUp, 'caught up');
  expect(view.totals).toMatchObject({ rows: fake.rows.length, rejected: 0 });
  await recordHistory('event-sink', one.handle);
});
