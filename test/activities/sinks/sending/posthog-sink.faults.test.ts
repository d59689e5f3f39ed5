import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EventSink } from '../../../../activities/sinks/event-sink.ts';
import type { PostHogEvent } from '../../../../activities/sinks/mapping/posthog.ts';
import { catchExportError } from '../../../destinations/export-errors.ts';
import { uuids, uuidsOf } from './posthog-requests.ts';
import { type Reply, startScriptedServer } from './scripted-server.ts';
import {
  calm,
  OPEN_POLICY,
  POSTHOG_KEY,
  postHogEvents,
  postHogSink,
  sinkOptions,
  testClock,
  uuidOf,
} from './sending-world.ts';

const open: EventSink<PostHogEvent>[] = [];
const opened = (...parameters: Parameters<typeof postHogSink>) => {
  const sink = postHogSink(...parameters);
  open.push(sink);
  return sink;
};
afterEach(() => {
  vi.unstubAllEnvs();
  for (const sink of open.splice(0)) sink.close();
});

describe('a batch that PostHog does not acknowledge', () => {
  it.each([408, 429, 500, 502, 503, 504])(
    'is sent again as a whole after status %i, once in each request',
    async (status) => {
      await using server = await startScriptedServer((_, index) =>
        index < 2 ? { status } : { body: { status: 'Ok' } },
      );
      const clock = testClock();
      const events = postHogEvents(10);
      const waits: unknown[] = [];
      const sink = opened(server.origin, sinkOptions(clock));
      expect(await sink.send(events, { ...calm(), onWait: (wait) => waits.push(wait) })).toEqual([]);
      expect(server.received.map(uuidsOf)).toEqual([uuids(events), uuids(events), uuids(events)]);
      expect(waits).toEqual([
        { milliseconds: 1_000, status },
        { milliseconds: 2_000, status },
      ]);
    },
  );

  it.each([
    ['3', 3_000],
    ['Sun, 01 Mar 2026 12:00:40 GMT', 40_000],
  ])('waits as long as PostHog asks: Retry-After %s', async (header, expected) => {
    await using server = await startScriptedServer((_, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': header } } : { body: { status: 'Ok' } },
    );
    const clock = testClock();
    await opened(server.origin, sinkOptions(clock)).send(postHogEvents(1), calm());
    expect(clock.pauses[0]).toBe(expected);
  });

  it.each(['cut before reading', 'cut after reading', 'cut in the answer', 'silence'] as const)(
    'is sent again when there is no answer: %s',
    async (fault) => {
      let faults = 2;
      const readBody = fault !== 'cut before reading';
      await using broken = await startScriptedServer(() => (faults-- > 0 ? fault : { body: { status: 'Ok' } }), {
        readBody,
      });
      const clock = testClock();
      const sink = opened(broken.origin, sinkOptions(clock, { timeoutMs: 200 }));
      const events = postHogEvents(10);
      expect(await sink.send(events, calm())).toEqual([]);
      expect(clock.pauses.filter((pause) => pause >= 1_000)).toEqual([1_000, 2_000]);
      if (readBody) expect(broken.received.map(uuidsOf)).toEqual([uuids(events), uuids(events), uuids(events)]);
    },
  );

  it.each([
    [401, 'DestinationDenied'],
    [403, 'DestinationDenied'],
    [402, 'DestinationBusy'],
    [301, 'ConfigInvalid'],
    [307, 'ConfigInvalid'],
    [404, 'ConfigInvalid'],
  ] as const)('fails at once with status %i: %s', async (status, type) => {
    await using server = await startScriptedServer(() => ({ status, body: `no ${POSTHOG_KEY}` }));
    const error = await catchExportError(opened(server.origin).send(postHogEvents(5), calm()));
    expect(error).toMatchObject({ type, message: expect.stringContaining(`HTTP ${status}`) });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    { status: 400, body: { code: 'invalid_api_key', detail: 'Project API key invalid.' } },
    { status: 401, body: {} },
  ])('fails for a refused key, which is not sent on its own: %j', async (answer) => {
    await using server = await startScriptedServer(() => answer);
    const error = await catchExportError(opened(server.origin).send(postHogEvents(5), calm()));
    expect(error.type).toBe('DestinationDenied');
    expect(server.received).toHaveLength(1);
  });

  it.each([
    { status: 429, body: 'billing limit reached' },
    { status: 200, body: { status: 1, quota_limited: ['events'] } },
    { status: 402 },
  ])('fails at once when the quota is used up: %j', async (answer) => {
    await using server = await startScriptedServer(() => answer);
    const error = await catchExportError(opened(server.origin).send(postHogEvents(5), calm()));
    expect(error).toMatchObject({ type: 'DestinationBusy', message: expect.stringContaining('quota') });
    expect(server.received).toHaveLength(1);
  });

  it('is not taken as delivered because a web page says success', async () => {
    await using server = await startScriptedServer(() => ({
      headers: { 'content-type': 'text/html' },
      body: '<html>',
    }));
    const error = await catchExportError(opened(server.origin).send(postHogEvents(5), calm()));
    expect(error.type).toBe('ConfigInvalid');
  });

  it('is given up as DestinationBusy after minutes of faults', async () => {
    await using server = await startScriptedServer(() => ({ status: 503 }));
    const clock = testClock();
    const error = await catchExportError(opened(server.origin, sinkOptions(clock)).send(postHogEvents(5), calm()));
    expect(error.type).toBe('DestinationBusy');
    expect(server.received.length).toBeGreaterThan(5);
  });

  it('does not hinder the batches after it', async () => {
    const replies: Reply[] = [{ status: 401 }, { status: 400 }, 'cut after reading', { status: 500 }, { status: 413 }];
    await using server = await startScriptedServer((_, index) => replies[index] ?? { body: { status: 'Ok' } });
    const sink = opened(server.origin, sinkOptions(testClock(), { patienceMs: 1 }));
    for (const _ of replies) await sink.send(postHogEvents(1), calm()).catch(() => undefined);
    server.received.splice(0);
    const later = postHogEvents(20, (index) => ({ uuid: uuidOf(1_000 + index) }));
    expect(await sink.send(later, calm())).toEqual([]);
    expect(server.received.map(uuidsOf)).toEqual([uuids(later)]);
  });

  it('is sent more slowly after 429', async () => {
    await using server = await startScriptedServer((_, index) =>
      index === 0 ? { status: 429 } : { body: { status: 'Ok' } },
    );
    const clock = testClock();
    const options = sinkOptions(clock);
    const sink = opened(server.origin, options, { eventsPerSecond: 1_000 });
    await sink.send(postHogEvents(1), calm());
    const begun = clock.now();
    for (let i = 0; i < 11; i++) await sink.send(postHogEvents(500), calm());
    // Five thousand events at 500 a second, a tenth more each second.
    expect(clock.now() - begun).toBeGreaterThan(6_000);
  });
});

describe('an aborted batch', () => {
  const reason = new Error('enough');

  it('ends at once in the middle of a request, and the sink goes on', async () => {
    await using server = await startScriptedServer((_, index) =>
      index === 0 ? 'silence' : { body: { status: 'Ok' } },
    );
    const sink = opened(server.origin);
    const abort = new AbortController();
    const sent = sink.send(postHogEvents(5), { signal: abort.signal });
    await server.requests(1);
    abort.abort(reason);
    await expect(sent).rejects.toBe(reason);
    expect(await sink.send(postHogEvents(3), calm())).toEqual([]);
    expect(server.received.map((request) => uuidsOf(request).length)).toEqual([5, 3]);
  });

  it('ends at once in the middle of a pause', async () => {
    await using server = await startScriptedServer(() => ({ status: 503 }));
    const abort = new AbortController();
    const sink = opened(server.origin, sinkOptions(undefined, { now: undefined, sleep: undefined }));
    const sent = sink.send(postHogEvents(5), {
      signal: abort.signal,
      onWait: () => setImmediate(() => abort.abort(reason)),
    });
    await expect(sent).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing when aborted before', async () => {
    await using server = await startScriptedServer(() => ({}));
    await expect(opened(server.origin).send(postHogEvents(5), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(server.received).toEqual([]);
  });
});

describe('what the environment can do', () => {
  it('no other protocol of posthog-node is used unseen', async () => {
    vi.stubEnv('POSTHOG_CAPTURE_MODE', 'v1');
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const error = await catchExportError(
      opened(server.origin).send(
        postHogEvents(5, () => ({ event: 'other' })),
        calm(),
      ),
    );
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining('POSTHOG_CAPTURE_MODE') });
    expect(server.received).toEqual([]);
  });

  it('private addresses are refused, and not tried again', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const clock = testClock();
    const policy = { ...OPEN_POLICY, allowPrivateNetworks: false };
    const error = await catchExportError(
      opened(server.origin, sinkOptions(clock, { policy })).send(postHogEvents(5), calm()),
    );
    expect(error.type).toBe('ConfigInvalid');
    expect(clock.pauses).toEqual([]);
    expect(server.received).toEqual([]);
  });
});
