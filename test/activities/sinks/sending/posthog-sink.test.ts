import { afterEach, describe, expect, it } from 'vitest';
import type { EventSink } from '../../../../activities/sinks/event-sink.ts';
import type { PostHogEvent } from '../../../../activities/sinks/mapping/posthog.ts';
import { bodyOf, uuids, uuidsOf } from './posthog-requests.ts';
import { type Received, type Reply, startScriptedServer } from './scripted-server.ts';
import { calm, POSTHOG_KEY, postHogEvents, postHogSink, uuidOf } from './sending-world.ts';

const open: EventSink<PostHogEvent>[] = [];
const opened = (...parameters: Parameters<typeof postHogSink>) => {
  const sink = postHogSink(...parameters);
  open.push(sink);
  return sink;
};
afterEach(() => {
  for (const sink of open.splice(0)) sink.close();
});

/** Refuses a batch with one of these events in it, as PostHog does. */
const refusing =
  (isBad: (uuid: string) => boolean, answer: Reply) =>
  (request: Received): Reply =>
    uuidsOf(request).some(isBad) ? answer : { body: { status: 'Ok' } };

describe('a batch for PostHog', () => {
  it('is one request with exactly its events, as they are', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const events = postHogEvents(2_000);
    expect(await opened(server.origin).send(events, calm())).toEqual([]);
    expect(server.received).toHaveLength(1);
    const [request] = server.received;
    if (request === undefined) throw new Error('no request');
    expect(request).toMatchObject({ method: 'POST', path: '/batch/' });
    const body = bodyOf(request);
    expect(body.api_key).toBe(POSTHOG_KEY);
    expect(body.historical_migration).toBeUndefined();
    expect(body.batch.map(({ properties, ...event }) => event)).toEqual(
      events.map(({ event, distinctId, uuid, timestamp }) => ({ event, distinct_id: distinctId, uuid, timestamp })),
    );
    expect(body.batch.map(({ properties }) => properties.position)).toEqual(events.map((_, index) => index));
    expect(body.batch[0]?.properties).toMatchObject({ $geoip_disable: true, $ignore_sent_at: true });
  });

  it('arrives with long, deep and strange properties as they are', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    let deep: Record<string, unknown> = { end: true };
    for (let level = 0; level < 50; level++) deep = { deep };
    const properties = {
      text: 'ä€😀\u0000\n'.repeat(20_000),
      deep,
      list: Array.from({ length: 5_000 }, (_, index) => index),
      '$feature/x': 'on',
      nothing: null,
      same: [deep, deep],
    };
    await opened(server.origin).send(
      postHogEvents(1, () => ({ properties })),
      calm(),
    );
    const [request] = server.received;
    if (request === undefined) throw new Error('no request');
    expect(bodyOf(request).batch[0]?.properties).toMatchObject(properties);
  });

  it('is marked as historical by its key, apart from live ones', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const sink = opened(server.origin);
    await sink.send(
      postHogEvents(2, () => ({ batchKey: 'historical/2026-01-01' })),
      calm(),
    );
    await sink.send(postHogEvents(2), calm());
    await sink.send(
      postHogEvents(2, () => ({ batchKey: 'historical/2026-01-02' })),
      calm(),
    );
    expect(server.received.map((request) => bodyOf(request).historical_migration)).toEqual([true, undefined, true]);
  });

  it('stays by itself when others are sent at the same time', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const sink = opened(server.origin);
    const batches = Array.from({ length: 12 }, (_, batch) =>
      postHogEvents(50, (index) => ({
        uuid: uuidOf(batch * 50 + index),
        batchKey: batch % 2 ? 'recent' : 'historical/2026-01-01',
      })),
    );
    await Promise.all(batches.map((events) => sink.send(events, calm())));
    const byFirst = (a: string[], b: string[]) => (a[0] ?? '').localeCompare(b[0] ?? '');
    expect(server.received.map(uuidsOf).sort(byFirst)).toEqual(batches.map(uuids).sort(byFirst));
  });

  it('is halved at 413, and an event that is too large on its own is refused', async () => {
    const large = new Set([uuidOf(5), uuidOf(6)]);
    await using server = await startScriptedServer(refusing((uuid) => large.has(uuid), { status: 413 }));
    const refused = await opened(server.origin).send(postHogEvents(16), calm());
    expect(refused).toMatchObject([
      { index: 5, reason: 'too_large' },
      { index: 6, reason: 'too_large' },
    ]);
  });

  it('keeps its size after another batch was halved', async () => {
    await using server = await startScriptedServer((_, index) =>
      index === 0 ? { status: 413 } : { body: { status: 'Ok' } },
    );
    const sink = opened(server.origin);
    await sink.send(postHogEvents(100), calm());
    await sink.send(postHogEvents(100), calm());
    expect(server.received.map((request) => uuidsOf(request).length)).toEqual([100, 50, 50, 100]);
  });

  it('loses only the malformed events when they make PostHog refuse the whole', async () => {
    const answer = { status: 400, body: 'malformed event of alice@example.com' };
    await using server = await startScriptedServer(refusing((uuid) => uuid === uuidOf(77), answer));
    const events = postHogEvents(200);
    const refused = await opened(server.origin).send(events, calm());
    expect(refused).toMatchObject([{ index: 77, reason: 'refused' }]);
    expect(JSON.stringify(refused)).not.toContain('alice');
    const taken = server.received.filter((request) => !uuidsOf(request).includes(uuidOf(77))).flatMap(uuidsOf);
    expect(taken.sort()).toEqual(uuids(events).filter((uuid) => uuid !== uuidOf(77)));
  });

  it('says which events posthog-node would have changed, and sends the others', async () => {
    await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
    const faults: Partial<PostHogEvent>[] = [
      { uuid: 'no uuid' },
      { distinctId: '' },
      { timestamp: 'yesterday' },
      { event: ' ' },
      { bytes: 1_100_000 },
    ];
    const refused = await opened(server.origin).send(
      postHogEvents(7, (index) => faults[index] ?? {}),
      calm(),
    );
    expect(refused.map(({ index, field, reason }) => [index, field, reason])).toEqual([
      [0, 'uuid', 'malformed'],
      [1, 'distinct_id', 'malformed'],
      [2, 'timestamp', 'malformed'],
      [3, 'event', 'malformed'],
      [4, '', 'too_large'],
    ]);
    expect(server.received.map(uuidsOf)).toEqual([[uuidOf(5), uuidOf(6)]]);
  });

  it('keeps positions when refused before and after sending', async () => {
    await using server = await startScriptedServer(refusing((uuid) => uuid === uuidOf(3), { status: 400 }));
    const events = postHogEvents(6, (index) => (index === 1 ? { distinctId: '' } : {}));
    const refused = await opened(server.origin).send(events, calm());
    expect(refused.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'malformed'],
      [3, 'refused'],
    ]);
  });

  it('is no request when nothing of it can be sent', async () => {
    await using server = await startScriptedServer(() => ({}));
    expect(
      await opened(server.origin).send(
        postHogEvents(1, () => ({ distinctId: '' })),
        calm(),
      ),
    ).toHaveLength(1);
    expect(await opened(server.origin).send([], calm())).toEqual([]);
    expect(server.received).toEqual([]);
  });
});
