import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { createFaultSwitchboard, type Fault, isMarked } from '../../dev/emulators/faults.ts';
import { startMixpanelEmulator } from '../../dev/emulators/mixpanel.ts';
import { startPostHogEmulator } from '../../dev/emulators/posthog.ts';
import { startEmulators } from '../../dev/stack/emulators.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { send } from './emulators-client.ts';

const KEY = 'phc_known';
const TOKEN = '0123456789abcdef0123456789abcdef';
const NOW = Date.parse('2026-03-10T12:00:00.000Z');

interface Setting {
  emulator: Emulator;
  /** Sends events with these ids. */
  deliver(ids: readonly string[]): ReturnType<typeof send>;
}

function postHogAt(url: string, ids: readonly string[]) {
  const timestamp = new Date(NOW).toISOString();
  const batch = ids.map((uuid) => ({ event: 'demo', distinct_id: 'u', uuid, timestamp }));
  return send(`${url}/batch/`, { body: JSON.stringify({ api_key: KEY, batch }), gzip: true });
}

function mixpanelAt(url: string, ids: readonly string[]) {
  const events = ids.map((id) => ({
    event: 'demo',
    properties: { time: NOW, distinct_id: '', $insert_id: id, ip: 0 },
  }));
  const headers = { authorization: `Basic ${Buffer.from(`${TOKEN}:`).toString('base64')}` };
  return send(`${url}/import?strict=1`, { body: JSON.stringify(events), headers, gzip: true });
}

const settings: Record<string, () => Promise<Setting>> = {
  PostHog: async () => {
    const emulator = await startPostHogEmulator({ keys: [KEY], now: () => NOW });
    return { emulator, deliver: (ids) => postHogAt(emulator.url, ids) };
  },
  Mixpanel: async () => {
    const emulator = await startMixpanelEmulator({ tokens: [TOKEN], now: () => NOW });
    return { emulator, deliver: (ids) => mixpanelAt(emulator.url, ids) };
  },
};

const newIds = (length: number) => Array.from({ length }, () => randomUUID());

describe.each(Object.keys(settings))('the emulator of %s', (vendor) => {
  const path = vendor === 'PostHog' ? '/batch/' : '/import';
  let { emulator, deliver }: Partial<Setting> = {};
  const world = (): Setting => {
    if (emulator === undefined || deliver === undefined) throw new Error('The emulator has not been started');
    return { emulator, deliver };
  };
  beforeEach(async () => {
    ({ emulator, deliver } = (await settings[vendor]?.()) ?? {});
  });
  afterEach(() => world().emulator.close());

  /** What becomes of a request: its status, or the code of the error. */
  async function outcome(ids = newIds(3)): Promise<number | string> {
    const answer = await world()
      .deliver(ids)
      .catch((error: NodeJS.ErrnoException) => error.code);
    return typeof answer === 'object' ? answer.status : String(answer);
  }

  test.each([429, 500, 503, 413])('answers %i when it is told to, and takes nothing', async (status) => {
    const { emulator } = world();
    emulator.setFaults([{ kind: 'status', status }]);
    expect([await outcome(), await outcome()]).toEqual([status, status]);
    expect(emulator.counters()).toMatchObject({ requests: 2, accepted: 0, answers: { [status]: 2 } });
    emulator.setFaults([]);
    expect(await outcome()).toBe(200);
  });

  test.each([
    [undefined, undefined],
    [7, '7'],
    ['Tue, 10 Mar 2026 12:01:00 GMT', 'Tue, 10 Mar 2026 12:01:00 GMT'],
  ])('answers 429 with Retry-After %s', async (retryAfter, header) => {
    const { emulator, deliver } = world();
    emulator.setFaults([{ kind: 'status', status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) }]);
    expect((await deliver(newIds(1))).retryAfter).toBe(header);
  });

  test.each([
    ['before-body', 0],
    ['after-body', 0],
    ['after-accept', 3],
  ] as const)('closes the connection %s', async (when, accepted) => {
    const { emulator } = world();
    emulator.setFaults([{ kind: 'close', when, first: 1 }]);
    expect(await outcome()).toBe('ECONNRESET');
    expect(emulator.counters()).toMatchObject({ requests: 1, closed: 1, accepted, answers: {} });
    expect(await outcome()).toBe(200);
  });

  test('closes the connection while the client is still sending, and serves the next one', async () => {
    const { emulator } = world();
    emulator.setFaults([{ kind: 'close', when: 'before-body', first: 1 }]);
    const body = Buffer.alloc(64_000_000);
    expect(await send(`${emulator.url}${path}`, { body }).catch((error: NodeJS.ErrnoException) => error.code)).toMatch(
      /^(ECONNRESET|EPIPE)$/,
    );
    expect(await outcome()).toBe(200);
    expect(emulator.counters()).toMatchObject({ requests: 2, closed: 1, abandoned: 0, accepted: 3 });
  });

  test('loses an answer, so that the same events come again and count once', async () => {
    const { emulator } = world();
    const ids = newIds(5);
    emulator.setFaults([{ kind: 'close', when: 'after-accept', first: 2 }]);
    expect([await outcome(ids), await outcome(ids), await outcome(ids)]).toEqual(['ECONNRESET', 'ECONNRESET', 200]);
    expect(emulator.counters()).toMatchObject({ accepted: 15, different: 5 });
    expect(ids.map((id) => [emulator.timesAccepted(id), emulator.timesReceived(id)])).toEqual(Array(5).fill([1, 3]));
  });

  test('takes the events of a slow request at once, and answers later', async () => {
    const { emulator, deliver } = world();
    emulator.setFaults([{ kind: 'slow', milliseconds: 3_600_000, first: 1 }]);
    const slow = deliver(newIds(2)).catch((error: NodeJS.ErrnoException) => error.code);
    await vi.waitFor(() => expect(emulator.counters().accepted).toBe(2));
    expect(await outcome()).toBe(200);
    expect(emulator.counters().answers).toEqual({ 200: 1 });
    await emulator.close();
    expect(await slow).toBe('ECONNRESET');
  });

  test('answers a slow request in the end', async () => {
    world().emulator.setFaults([{ kind: 'slow', milliseconds: 20 }]);
    expect(await outcome()).toBe(200);
  });

  test('counts a client that does not wait for a slow answer', async () => {
    const { emulator } = world();
    emulator.setFaults([{ kind: 'slow', milliseconds: 3_600_000 }]);
    const { hostname, port } = new URL(emulator.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: demo\r\nContent-Length: 1\r\n\r\n{`);
    await vi.waitFor(() => expect(emulator.counters().bytes.received).toBe(1));
    expect(emulator.counters().abandoned).toBe(0);
    socket.destroy();
    await vi.waitFor(() => expect(emulator.counters()).toMatchObject({ abandoned: 1, answers: {} }));
  });

  test('counts a client that leaves before it has sent all', async () => {
    const { emulator } = world();
    const { hostname, port } = new URL(emulator.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: demo\r\nContent-Length: 100\r\n\r\n{`);
    await vi.waitFor(() => expect(emulator.counters().requests).toBe(1));
    socket.destroy();
    await vi.waitFor(() => expect(emulator.counters()).toMatchObject({ abandoned: 1, answers: {} }));
  });

  test('strikes at every nth request, or at the first ones only', async () => {
    const { emulator } = world();
    const outcomes = async (faults: Fault[]) => {
      emulator.setFaults(faults);
      return [await outcome(), await outcome(), await outcome(), await outcome()];
    };
    expect(await outcomes([{ kind: 'status', status: 500, every: 2 }])).toEqual([200, 500, 200, 500]);
    expect(await outcomes([{ kind: 'status', status: 500, first: 2 }])).toEqual([500, 500, 200, 200]);
    expect(await outcomes([{ kind: 'status', status: 500, every: 2, first: 3 }])).toEqual([200, 500, 200, 200]);
  });

  test('combines faults: the first that decides does', async () => {
    const { emulator } = world();
    emulator.setFaults([
      { kind: 'slow', milliseconds: 1 },
      { kind: 'status', status: 503, every: 2 },
      { kind: 'close', when: 'after-body', first: 3 },
    ]);
    expect([await outcome(), await outcome(), await outcome(), await outcome()]).toEqual([
      ...['ECONNRESET', 503, 'ECONNRESET', 503],
    ]);
  });

  test('takes no fault that does not exist', () => {
    const { emulator } = world();
    expect(() => emulator.setFaults([{ kind: 'status', status: 200 }])).toThrow();
    expect(() => emulator.setFaults([{ kind: 'slow', milliseconds: 1, every: 0 }])).toThrow();
  });

  test('keeps no events unless it is told to', async () => {
    const { emulator } = world();
    await outcome();
    expect(() => emulator.events()).toThrow(/keepEvents/);
  });

  test('forgets everything at a reset', async () => {
    const { emulator } = world();
    const ids = newIds(2);
    await outcome(ids);
    await outcome(ids);
    emulator.setFaults([{ kind: 'status', status: 500 }]);
    emulator.reset();
    expect(emulator.counters()).toMatchObject({ requests: 0, accepted: 0, different: 0, answers: {} });
    expect(ids.map((id) => emulator.timesReceived(id))).toEqual([0, 0]);
    expect(await outcome(ids)).toBe(200);
    expect(emulator.acceptedIds()).toEqual(new Set(ids));
  });

  test('is controlled over HTTP', async () => {
    const { emulator } = world();
    const control = (path: string, method: string, body?: unknown) =>
      send(`${emulator.url}/_emulator/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const ids = newIds(2_500);
    await outcome(ids.slice(0, 1_500));
    await outcome(ids.slice(1_000));
    expect((await control('state', 'GET')).body).toEqual(emulator.counters());
    const { text } = await control('ids', 'GET');
    const lines = text.trimEnd().split('\n');
    const expected = ids.map((id, index) => ({ id, accepted: 1, received: index >= 1_000 && index < 1_500 ? 2 : 1 }));
    expect(new Set(lines)).toEqual(new Set(expected.map((line) => JSON.stringify(line))));
    expect(lines).toHaveLength(2_500);

    expect(await control('faults', 'POST', [{ kind: 'status', status: 503 }])).toMatchObject({ status: 200 });
    expect(await outcome()).toBe(503);
    expect(await control('faults', 'POST', [{ kind: 'earthquake' }])).toMatchObject({ status: 400 });
    expect(await control('faults', 'POST', { kind: 'slow' })).toMatchObject({ status: 400 });
    expect(await outcome()).toBe(503);
    expect(await control('reset', 'POST')).toMatchObject({ status: 200 });
    expect((await control('ids', 'GET')).text).toBe('');
    expect(await outcome()).toBe(200);
    expect(await control('elsewhere', 'GET')).toMatchObject({ status: 404 });
    expect(emulator.counters().requests).toBe(1);
  });
});

describe('refused events', () => {
  const ids = newIds(200);
  const marked = ids.filter((id) => isMarked(id, 5));

  test('are about one in n, and always the same', () => {
    expect(marked.length).toBeGreaterThan(10);
    expect(marked.length).toBeLessThan(90);
    fc.assert(fc.property(fc.string(), (id) => isMarked(id, 1)));
  });

  test('are named by Mixpanel, which imports the others', async () => {
    const emulator = await startMixpanelEmulator({
      ...{ tokens: [TOKEN], now: () => NOW, faults: [{ kind: 'refuse-events', oneIn: 5 }] },
    });
    const answer = await mixpanelAt(emulator.url, ids);
    expect(answer).toMatchObject({ status: 400, body: { num_records_imported: ids.length - marked.length } });
    expect(answer.body).toMatchObject({
      failed_records: marked.map((id) => ({ index: ids.indexOf(id), insert_id: id })),
    });
    expect(emulator.counters().refused).toEqual({ fault: marked.length });
    expect(marked.filter((id) => emulator.timesAccepted(id) > 0)).toEqual([]);
    await emulator.close();
  });

  test('make PostHog refuse each batch that holds one', async () => {
    const emulator = await startPostHogEmulator({ keys: [KEY], now: () => NOW });
    emulator.setFaults([{ kind: 'refuse-events', oneIn: 5 }]);
    expect(await postHogAt(emulator.url, ids)).toMatchObject({ status: 400 });
    expect(emulator.counters().accepted).toBe(0);
    expect(await postHogAt(emulator.url, marked.slice(0, 1))).toMatchObject({ status: 400 });
    const others = ids.filter((id) => !marked.includes(id));
    expect(await postHogAt(emulator.url, others)).toMatchObject({ status: 200 });
    expect(emulator.acceptedIds()).toEqual(new Set(others));
    await emulator.close();
  });
});

test('a project over its quota loses its events at PostHog with a 200, and is refused by Mixpanel', async () => {
  const faults: Fault[] = [{ kind: 'over-quota' }];
  const posthog = await startPostHogEmulator({ keys: [KEY], now: () => NOW, faults });
  const mixpanel = await startMixpanelEmulator({ tokens: [TOKEN], now: () => NOW, faults });
  expect(await postHogAt(posthog.url, newIds(2))).toMatchObject({ status: 200, body: { quota_limited: ['events'] } });
  expect(await mixpanelAt(mixpanel.url, newIds(2))).toMatchObject({ status: 402 });
  expect(posthog.counters()).toMatchObject({ accepted: 0, dropped: { over_quota: 2 } });
  expect(mixpanel.counters()).toMatchObject({ accepted: 0, refused: { over_quota: 1 } });
  await Promise.all([posthog.close(), mixpanel.close()]);
});

test('a fault at the check of a key leaves batches alone', async () => {
  const emulator = await startPostHogEmulator({ keys: [KEY], now: () => NOW });
  emulator.setFaults([{ kind: 'status', status: 500, at: 'key-check', first: 1 }]);
  const check = () => send(`${emulator.url}/flags/?v=2`, { body: JSON.stringify({ api_key: KEY }) });
  expect(await postHogAt(emulator.url, newIds(1))).toMatchObject({ status: 200 });
  expect([(await check()).status, (await check()).status]).toEqual([500, 200]);
  await emulator.close();
});

test('a fault strikes at the multiples of "every" up to "first", whatever else is asked', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), (every, first) => {
      const board = createFaultSwitchboard([{ kind: 'status', status: 500, every, first }]);
      for (let nth = 1; nth <= 50; nth++) {
        expect(board.strike('key-check').fault).toBeUndefined();
        expect(board.strike('events').fault !== undefined).toBe(nth % every === 0 && nth <= first);
      }
    }),
  );
});

test('both emulators run in a process of their own as part of the stack', async () => {
  const server = await startEmulators({
    ...{ posthogPort: 0, mixpanelPort: 0, posthogKeys: [KEY], mixpanelTokens: [TOKEN] },
    mixpanelAccounts: [{ username: 'exports.demo', secret: 'open-sesame', projectId: '77' }],
    logFile: join(await tempFolder(), 'emulators.log'),
  });
  const now = Date.now();
  const event = { event: 'demo', properties: { time: now, distinct_id: '', $insert_id: randomUUID() } };
  const headers = { authorization: `Basic ${Buffer.from('exports.demo:open-sesame').toString('base64')}` };
  const url = `${server.mixpanelUrl}/import?strict=1&project_id=77`;
  expect(await send(url, { body: JSON.stringify([event]), headers })).toMatchObject({ status: 200 });
  expect(await postHogAt(server.posthogUrl, newIds(3))).toMatchObject({ status: 200 });
  const state = await send(`${server.posthogUrl}/_emulator/state`, { method: 'GET' });
  expect(state.body).toMatchObject({ requests: 1, accepted: 3 });
  await server.stop();
  expect(await server.exited).toMatchObject({ name: 'emulators', expected: true, code: 0 });
});
