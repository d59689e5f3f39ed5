import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EventSink } from '../../../../activities/sinks/event-sink.ts';
import type { MixpanelEvent } from '../../../../activities/sinks/mapping/mixpanel.ts';
import { catchExportError } from '../../../destinations/export-errors.ts';
import { type Received, type Reply, startScriptedServer } from './scripted-server.ts';
import {
  ACCOUNT_SECRET,
  calm,
  MIXPANEL_TOKEN,
  mixpanelEvents,
  mixpanelSink,
  serviceAccount,
  sinkOptions,
  testClock,
  uuidOf,
} from './sending-world.ts';

const importBody = z.array(z.object({ properties: z.object({ $insert_id: z.string(), position: z.int() }) }));
const positionsOf = ({ body }: Received) =>
  importBody.parse(JSON.parse(body)).map(({ properties }) => properties.position);

const open: EventSink<MixpanelEvent>[] = [];
const opened = (...parameters: Parameters<typeof mixpanelSink>) => {
  const sink = mixpanelSink(...parameters);
  open.push(sink);
  return sink;
};
afterEach(() => {
  for (const sink of open.splice(0)) sink.close();
});

const imported = (request: Received): Reply => ({
  body: { code: 200, num_records_imported: positionsOf(request).length, status: 'OK' },
});
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a batch for Mixpanel', () => {
  it('is one strict import with exactly its events', async () => {
    await using server = await startScriptedServer(imported);
    expect(await opened(server.origin).send(mixpanelEvents(2_000), calm())).toEqual([]);
    expect(server.received).toHaveLength(1);
    const [request] = server.received;
    expect(request).toMatchObject({ method: 'POST', path: '/import?strict=1' });
    expect(request?.headers['content-encoding']).toBe('gzip');
    expect(request?.body).toBe(
      `[${mixpanelEvents(2_000)
        .map(({ json }) => json)
        .join(',')}]`,
    );
  });

  it('goes with the project token as user and no password', async () => {
    await using server = await startScriptedServer(imported);
    await opened(server.origin).send(mixpanelEvents(1), calm());
    const expected = Buffer.from(`${MIXPANEL_TOKEN}:`).toString('base64');
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${expected}`);
  });

  it('goes with the service account and the number of its project', async () => {
    await using server = await startScriptedServer(imported);
    await opened(server.origin, sinkOptions(), { credentials: serviceAccount() }).send(mixpanelEvents(1), calm());
    const expected = Buffer.from(`exports.1a2b3c.mp-service-account:${ACCOUNT_SECRET}`).toString('base64');
    expect(server.received[0]?.path).toBe('/import?strict=1&project_id=4711');
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${expected}`);
  });

  it('has the records refused that Mixpanel names, in our words, and is not sent again', async () => {
    await using server = await startScriptedServer(() => ({
      status: 400,
      body: {
        code: 400,
        error: 'some data points in the request failed validation',
        num_records_imported: 7,
        status: 'Bad Request',
        failed_records: [
          {
            index: 8,
            insert_id: uuidOf(8),
            field: 'properties.time',
            message: "'properties.time' is 9 for alice@example.com",
          },
          {
            index: 2,
            $insert_id: uuidOf(2),
            field: 'properties.alice@example.com',
            message: 'value bob is not allowed',
          },
          { $insert_id: uuidOf(5), field: 'properties.distinct_id', message: 'bob' },
          { index: 8, insert_id: uuidOf(8), field: 'properties.distinct_id', message: 'bob' },
        ],
      },
    }));
    const refused = await opened(server.origin).send(mixpanelEvents(10), calm());
    expect(refused.map(({ index, reason, field }) => [index, reason, field])).toEqual([
      [2, 'refused', ''],
      [5, 'refused', 'properties.distinct_id'],
      [8, 'refused', 'properties.time'],
    ]);
    expect(JSON.stringify(refused)).not.toMatch(/alice|bob/);
    expect(server.received).toHaveLength(1);
  });

  it('is halved at 413, and an event that is too large on its own is refused', async () => {
    await using server = await startScriptedServer((request) =>
      positionsOf(request).includes(5) ? { status: 413 } : imported(request),
    );
    const refused = await opened(server.origin).send(mixpanelEvents(16), calm());
    expect(refused).toMatchObject([{ index: 5, reason: 'too_large' }]);
  });

  it('is halved at a 400 that names no record', async () => {
    await using server = await startScriptedServer((request) =>
      positionsOf(request).includes(3) ? { status: 400, body: { code: 400, error: 'malformed' } } : imported(request),
    );
    const refused = await opened(server.origin).send(mixpanelEvents(16), calm());
    expect(refused).toMatchObject([{ index: 3, reason: 'refused' }]);
    const taken = server.received.map(positionsOf).filter((positions) => !positions.includes(3));
    expect(taken.flat().sort((a, b) => a - b)).toEqual(range(16).filter((position) => position !== 3));
  });

  it.each([
    ['a count that is too low', { code: 200, num_records_imported: 9 }],
    ['no count', { code: 200, status: 'OK' }],
    ['no JSON', '<html>'],
    [
      'a failed record that is not in the batch',
      { num_records_imported: 9, failed_records: [{ index: 99, insert_id: 'x' }] },
    ],
  ])('is sent again in halves, and told of, after a success with %s', async (_, body) => {
    await using server = await startScriptedServer((request, index) => (index === 0 ? { body } : imported(request)));
    const warnings: unknown[] = [];
    const options = sinkOptions(testClock(), { warn: (message, facts) => warnings.push([message, facts]) });
    expect(await opened(server.origin, options).send(mixpanelEvents(10), calm())).toEqual([]);
    expect(server.received.map(positionsOf)).toEqual([range(10), range(5), range(10).slice(5)]);
    expect(warnings).toHaveLength(1);
  });

  it('is never taken as delivered while Mixpanel does not say so', async () => {
    await using server = await startScriptedServer(() => ({ body: { code: 200, num_records_imported: 0 } }));
    const error = await catchExportError(opened(server.origin).send(mixpanelEvents(4), calm()));
    expect(error.type).toBe('DestinationBusy');
  });
});

describe('a batch that Mixpanel does not take now', () => {
  it.each([429, 500, 502, 503, 504])(
    'is sent again after status %i, with pauses from two seconds on',
    async (status) => {
      await using server = await startScriptedServer((request, index) => (index < 2 ? { status } : imported(request)));
      const clock = testClock();
      expect(await opened(server.origin, sinkOptions(clock)).send(mixpanelEvents(10), calm())).toEqual([]);
      expect(server.received.map(positionsOf)).toEqual([range(10), range(10), range(10)]);
      const [first = 0, second = 0] = clock.pauses;
      expect(first).toBeGreaterThanOrEqual(3_000);
      expect(first).toBeLessThanOrEqual(7_000);
      expect(second).toBeGreaterThanOrEqual(5_000);
      expect(second).toBeLessThanOrEqual(9_000);
    },
  );

  it.each(['cut before reading', 'cut after reading', 'cut in the answer', 'silence'] as const)(
    'is sent again when there is no answer: %s',
    async (fault) => {
      await using server = await startScriptedServer((request, index) => (index === 0 ? fault : imported(request)));
      const sink = opened(server.origin, sinkOptions(testClock(), { timeoutMs: 200 }));
      expect(await sink.send(mixpanelEvents(10), calm())).toEqual([]);
      expect(server.received.map(positionsOf)).toEqual([range(10), range(10)]);
    },
  );

  it.each([
    [401, 'DestinationDenied'],
    [403, 'DestinationDenied'],
    [402, 'DestinationBusy'],
    [302, 'ConfigInvalid'],
    [404, 'ConfigInvalid'],
  ] as const)('fails at once with status %i: %s', async (status, type) => {
    await using server = await startScriptedServer(() => ({ status, body: `no ${MIXPANEL_TOKEN}` }));
    const error = await catchExportError(opened(server.origin).send(mixpanelEvents(4), calm()));
    expect(error).toMatchObject({ type, message: expect.stringContaining(`HTTP ${status}`) });
    expect(server.received).toHaveLength(1);
  });

  it('ends at once when aborted in the middle of a request', async () => {
    await using server = await startScriptedServer(() => 'silence');
    const abort = new AbortController();
    const sent = opened(server.origin).send(mixpanelEvents(4), { signal: abort.signal });
    await server.requests(1);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(sent).rejects.toBe(reason);
  });

  it('slows down all deliveries to the project after 429', async () => {
    await using server = await startScriptedServer((request, index) =>
      index === 0 ? { status: 429 } : imported(request),
    );
    const clock = testClock();
    const options = sinkOptions(clock);
    await opened(server.origin, options, { eventsPerSecond: 1_000 }).send(mixpanelEvents(1), calm());
    const other = opened(server.origin, options, { eventsPerSecond: 1_000 });
    const begun = clock.now();
    for (let i = 0; i < 11; i++) await other.send(mixpanelEvents(500), calm());
    expect(clock.now() - begun).toBeGreaterThan(6_000);
  });
});
