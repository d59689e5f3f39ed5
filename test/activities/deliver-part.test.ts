import { Readable } from 'node:stream';
import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { ExportError } from '../../activities/export-error.ts';
import { createActivities } from '../../activities/index.ts';
import { fakeDependencies, fakeSource, job, memoryStore, part, plan } from './fakes.ts';
import { failureOf, runActivity } from './run-activity.ts';

const input = { job, plan, part };

test('rows that do not fit the counts are streamed again, at most three times, and then fail with the three numbers', async () => {
  const store = memoryStore();
  const source = fakeSource({ counts: [5], streams: [3] });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  const failure = await failureOf(runActivity(() => exportPart(input)));
  expect(failure).toMatchObject({ type: 'CountMismatch', nonRetryable: true });
  expect(failure.message).toContain('3 rows');
  expect(failure.message).toContain('5 rows before the stream and 5 after');
  expect(source.asked.filter((id) => id.includes('/stream'))).toHaveLength(3);
  expect(new Set(source.asked).size).toBe(9);
  expect(store.objects.size).toBe(0);
});

test('a second stream that fits is accepted, and the object is the second one', async () => {
  const store = memoryStore();
  const source = fakeSource({ counts: [5], streams: [3, 5] });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  const result = await runActivity(() => exportPart(input));
  expect(result).toMatchObject({ rows: 5, countBefore: 5, countAfter: 5 });
  expect(
    store.objects
      .get(result.key ?? '')
      ?.trim()
      .split('\n'),
  ).toHaveLength(5);
});

test('rows between the two counts are accepted, whichever is larger', async () => {
  for (const counts of [
    [3, 7],
    [7, 3],
  ]) {
    const source = fakeSource({ counts, streams: [5] });
    const { exportPart } = createActivities(fakeDependencies({ source }));
    expect(await runActivity(() => exportPart(input))).toMatchObject({ rows: 5 });
  }
});

test('a part whose rows the plan has counted is not counted again before the stream, but in a second round', async () => {
  const whole = { ...input, part: { ...input.part, name: 'p0000', rows: 5 } };
  const once = fakeSource({ counts: [5], streams: [5] });
  const first = createActivities(fakeDependencies({ source: once }));
  expect(await runActivity(() => first.exportPart(whole))).toMatchObject({ rows: 5, countBefore: 5, countAfter: 5 });
  expect(once.asked).toHaveLength(2);
  const twice = fakeSource({ counts: [7], streams: [8, 7] });
  const second = createActivities(fakeDependencies({ source: twice }));
  expect(await runActivity(() => second.exportPart(whole))).toMatchObject({ rows: 7, countBefore: 7 });
  expect(twice.asked).toHaveLength(5);
});

test('a part without rows is no object, and is not streamed', async () => {
  const store = memoryStore();
  const source = fakeSource({ counts: [0], streams: [0] });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  const result = await runActivity(() => exportPart(input));
  expect(result).toMatchObject({ rows: 0, bytes: 0, countBefore: 0 });
  expect(result.key).toBeUndefined();
  expect(source.asked).toHaveLength(1);
  expect(store.removed).toEqual([]);
});

test('a retry that finds no rows any more removes what the dead attempt wrote', async () => {
  const store = memoryStore();
  const source = fakeSource({ counts: [0], streams: [0] });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  await runActivity(() => exportPart(input), { attempt: 2 });
  expect(store.removed).toHaveLength(1);
});

test('rows that vanish while the part streams leave no object', async () => {
  const store = memoryStore();
  const source = fakeSource({ counts: [3, 0], streams: [0] });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  const result = await runActivity(() => exportPart(input));
  expect(result).toMatchObject({ rows: 0, countBefore: 3, countAfter: 0 });
  expect(result.key).toBeUndefined();
  expect(store.objects.size).toBe(0);
});

test('a query that fails in the middle is the failure, although the upload fails with it', async () => {
  const source = fakeSource({ counts: [3], streams: [3] });
  source.streamPart = async () =>
    Readable.from(
      (async function* () {
        yield Buffer.from('{"id":1}\n');
        throw new ExportError('SourceTooLarge', 'too large', 'split it');
      })(),
    );
  const store = memoryStore({
    async upload(_key, body) {
      try {
        for await (const _ of body);
      } catch {
        throw new ExportError('DestinationBusy', 'the body broke', 'again');
      }
      return { bytes: 0 };
    },
  });
  const { exportPart, exportSmallPeriod } = createActivities(fakeDependencies({ store, source }));
  const failure = await failureOf(runActivity(() => exportPart(input)));
  expect(failure).toMatchObject({ type: 'SourceTooLarge', nonRetryable: true });
  const small = { job, window: plan.window, targetPartBytes: 2 ** 30, leftover: [] };
  expect(await runActivity(() => exportSmallPeriod(small))).toMatchObject({
    kind: 'planned',
    plan: { parts: [{ ...part, name: 'p0000' }] },
  });
});

test('an upload that fails stops the query, and the activity waits until both are quiet', async () => {
  const source = fakeSource({ counts: [3], streams: [3] });
  let stopped = false;
  source.streamPart = async (_selection, _window, _part, { signal }) => {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    return new Readable({ read: () => undefined });
  };
  const store = memoryStore({
    upload: () => Promise.reject(new ExportError('DestinationBusy', 'slow down', 'later', { retryAfterMs: 7_000 })),
  });
  const { exportPart } = createActivities(fakeDependencies({ store, source }));
  const failure = await failureOf(runActivity(() => exportPart(input)));
  expect(failure).toMatchObject({ type: 'DestinationBusy', nonRetryable: false, nextRetryDelay: 7_000 });
  expect(stopped).toBe(true);
});

test('a store that keeps other bytes than were sent is not believed', async () => {
  const store = memoryStore({
    async upload(_key, body) {
      for await (const _ of body);
      return { bytes: 1 };
    },
  });
  const { exportPart } = createActivities(fakeDependencies({ store }));
  expect(await failureOf(runActivity(() => exportPart(input)))).toMatchObject({ type: 'DestinationBusy' });
});

test('a cancelled activity ends as cancelled, whatever was thrown on the way out', async () => {
  let environment: MockActivityEnvironment | undefined;
  const store = memoryStore({
    async upload(_key, _body, { signal }) {
      environment?.cancel();
      signal.throwIfAborted();
      throw new Error('not reached');
    },
  });
  const { exportPart } = createActivities(fakeDependencies({ store }));
  const work = runActivity(() => exportPart(input), {
    environment: (given) => {
      environment = given;
    },
  });
  await expect(work).rejects.toBeInstanceOf(CancelledFailure);
});

test('the store is closed, whatever happens', async () => {
  let closed = 0;
  const store = memoryStore({
    close: () => {
      closed += 1;
    },
    upload: () => Promise.reject(new Error('broken')),
  });
  const { exportPart } = createActivities(fakeDependencies({ store }));
  await failureOf(runActivity(() => exportPart(input)));
  expect(closed).toBe(1);
});
