import { randomUUID } from 'node:crypto';
import { PostHog } from 'posthog-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { startPostHogEmulator } from '../../dev/emulators/posthog.ts';
import { send } from './emulators-client.ts';

const KEY = 'phc_known';
const NOW = Date.parse('2026-03-10T12:00:00.000Z');
const HOUR = 3_600_000;

let emulator: Emulator;
let now: number;

beforeEach(async () => {
  now = NOW;
  emulator = await startPostHogEmulator({ keys: [KEY], keepEvents: true, now: () => now });
});
afterEach(() => emulator.close());

type Properties = Record<string, unknown>;

function event(changes: Properties = {}): Properties {
  const timestamp = new Date(NOW - HOUR).toISOString();
  return { event: 'demo', distinct_id: 'u-1', uuid: randomUUID(), timestamp, properties: {}, ...changes };
}

function sendBatch(batch: unknown, envelope: Properties = {}, gzip = false) {
  return send(`${emulator.url}/batch/`, { body: JSON.stringify({ api_key: KEY, batch, ...envelope }), gzip });
}

/** An event that has so many bytes as JSON. */
function eventOfBytes(bytes: number): Properties {
  const small = event({ properties: { text: '' } });
  return { ...small, properties: { text: 'x'.repeat(bytes - JSON.stringify(small).length) } };
}

function eventAt(time: number, changes: Properties = {}): Properties {
  return event({ timestamp: new Date(time).toISOString(), ...changes });
}

/** Sends one event and says whether it was kept, or why not. */
async function fateOf(sent: Properties): Promise<string> {
  const { status } = await sendBatch([sent]);
  const { dropped, refused, accepted } = emulator.counters();
  return accepted === 1 ? 'kept' : `${status}: ${Object.keys({ ...dropped, ...refused }).join()}`;
}

describe('a batch', () => {
  test.each([false, true])('is accepted as it is (gzip: %s)', async (gzip) => {
    const sent = event({ properties: { text: 'grün', $ai_model: null } });
    expect(await sendBatch([sent], {}, gzip)).toMatchObject({ status: 200, body: { status: 'Ok' } });
    expect(emulator.events()).toEqual([
      { id: sent.uuid, event: 'demo', distinctId: 'u-1', time: NOW - HOUR, properties: sent.properties },
    ]);
    expect(emulator.counters()).toMatchObject({
      ...{ requests: 1, accepted: 1, different: 1, answers: { 200: 1 } },
      ...{ dropped: {}, refused: {}, changed: {}, warnings: {} },
    });
  });

  test('may have just less than 20 MB before compression', async () => {
    const bytes = JSON.stringify({ api_key: KEY, batch: [] }).length;
    const most = 20_000_000 - 1 - bytes;
    const events = Array.from({ length: 24 }, () => eventOfBytes(800_000));
    const rest = most - events.length * 800_001;
    expect(await sendBatch([...events, eventOfBytes(rest)], {}, true)).toMatchObject({ status: 200 });
    expect(emulator.counters()).toMatchObject({ accepted: 25, bytes: { uncompressed: 20_000_000 - 1 } });
    for (const gzip of [true, false]) {
      expect(await sendBatch([...events, eventOfBytes(rest + 1)], {}, gzip)).toMatchObject({ status: 413 });
    }
    expect(emulator.counters()).toMatchObject({ accepted: 25, refused: { body_too_large: 2 } });
  });

  test('whose key is unknown is lost after a 200', async () => {
    expect(await sendBatch([event(), event()], { api_key: 'phc_stranger' })).toMatchObject({ status: 200 });
    expect(emulator.counters()).toMatchObject({ accepted: 0, dropped: { key_unknown: 2 } });
  });

  test.each([
    ['without a key', { api_key: undefined }, 401, 'key_missing'],
    ['with a personal key', { api_key: 'phx_person' }, 401, 'key_personal'],
    ['without events', { batch: [] }, 400, 'batch_empty'],
    ['that is no list', { batch: 'x' }, 400, 'not_json'],
  ])('%s is refused', async (_, envelope, status, reason) => {
    expect(await sendBatch([event()], envelope)).toMatchObject({ status });
    expect(emulator.counters()).toMatchObject({ accepted: 0, refused: { [reason]: 1 } });
  });

  test.each([
    ['no JSON', { body: '{"api_key": ' }],
    ['no gzip', { body: '{}', headers: { 'content-encoding': 'gzip' } }],
    ['a foreign encoding', { body: '{}', headers: { 'content-encoding': 'br' } }],
  ])('with %s is refused', async (_, request) => {
    expect(await send(`${emulator.url}/batch/`, request)).toMatchObject({ status: 400 });
  });

  test.each([
    ['not_an_object', 'text'],
    ['event_name_missing', event({ event: undefined })],
    ['event_name_missing', event({ event: '' })],
    ['distinct_id_missing', event({ distinct_id: undefined })],
    ['distinct_id_missing', event({ distinct_id: 7 })],
    ['properties_not_an_object', event({ properties: [] })],
    ['uuid_not_a_text', event({ uuid: 1 })],
    ['timestamp_not_a_text', event({ timestamp: NOW })],
  ])('is refused as a whole for one malformed event: %s', async (reason, malformed) => {
    expect(await sendBatch([event(), malformed, event()])).toMatchObject({ status: 400 });
    expect(emulator.counters()).toMatchObject({ accepted: 0, refused: { [reason]: 1 } });
  });

  test('is found at no other path and by no other method', async () => {
    expect(await send(`${emulator.url}/elsewhere`)).toMatchObject({ status: 404 });
    expect(await send(`${emulator.url}/batch/`, { method: 'GET' })).toMatchObject({ status: 405 });
    expect(emulator.counters()).toMatchObject({ requests: 0 });
  });
});

describe('an event', () => {
  test.each([
    ['of just 1 MB', eventOfBytes(1_000_000), 'kept'],
    ['larger than 1 MB', eventOfBytes(1_000_001), '200: event_too_large'],
    [
      'larger than 1 MB by many small values',
      event({ properties: { list: Array(500_000).fill(7) } }),
      '200: event_too_large',
    ],
    ['with a uuid in capitals', event({ uuid: randomUUID().toUpperCase() }), 'kept'],
    ['with a uuid that is none', event({ uuid: 'a8f2c1de-0000' }), '200: uuid_invalid'],
    ['with a name of 200 characters', event({ event: 'n'.repeat(200) }), 'kept'],
    ['with a name of 201 characters', event({ event: 'n'.repeat(201) }), '200: event_name_too_long'],
    ['with a distinct_id of 200 characters', event({ distinct_id: 'd'.repeat(200) }), 'kept'],
    ['with a distinct_id of 201 characters', event({ distinct_id: 'd'.repeat(201) }), '200: distinct_id_too_long'],
    ['with a distinct_id of blanks', event({ distinct_id: '  ' }), '200: distinct_id_forbidden'],
    [
      'with its distinct_id in the properties',
      event({ distinct_id: undefined, properties: { distinct_id: 'u' } }),
      'kept',
    ],
    ['that PostHog knows', event({ event: '$ai_span', properties: { $ai_trace_id: "aZ0-_~.@()!':|" } }), 'kept'],
    ['in $ai_ that PostHog does not know', event({ event: '$ai_agent' }), '200: ai_event_unknown'],
    ['for a generation with a model', event({ event: '$ai_generation', properties: { $ai_model: 'm' } }), 'kept'],
    ['for a generation without a model', event({ event: '$ai_generation' }), '200: ai_model_missing'],
    [
      'with a bad trace id',
      event({ event: '$ai_trace', properties: { $ai_trace_id: 'a/b' } }),
      '200: ai_trace_id_invalid',
    ],
  ])('%s', async (_, sent, fate) => {
    expect(await fateOf(sent)).toBe(fate);
  });

  test.each([
    ...[
      '0',
      '00000000-0000-0000-0000-000000000000',
      'anonymous',
      'guest',
      'null',
      'none',
      'undefined',
      'true',
      'false',
    ],
    ...['email', 'id', 'distinct_id', 'user', 'system', 'backend', 'not_authenticated', 'nan', '[object object]'],
    ...['anonymous-user', 'distinctid', 'Anonymous', 'NULL', 'None', 'NaN', '[object Object]', 'distinctId'],
  ])('with distinct_id %s is lost', async (id) => {
    expect(await fateOf(event({ distinct_id: id }))).toBe('200: distinct_id_forbidden');
  });

  test('is known by its uuid in small letters', async () => {
    const sent = event();
    await sendBatch([{ ...sent, uuid: String(sent.uuid).toUpperCase() }, sent]);
    expect([...emulator.acceptedIds()]).toEqual([sent.uuid]);
    expect(emulator.counters()).toMatchObject({ accepted: 2, different: 1 });
  });

  test('that is lost takes no other with it', async () => {
    const kept = event();
    await sendBatch([event({ uuid: 'none' }), kept]);
    expect([...emulator.acceptedIds()]).toEqual([kept.uuid]);
  });

  test('without a uuid gets another one each time', async () => {
    const sent = event({ uuid: undefined });
    await sendBatch([sent]);
    await sendBatch([sent]);
    expect(emulator.counters()).toMatchObject({ accepted: 2, different: 2, changed: { uuid_missing: 2 } });
  });
});

describe('the time of an event', () => {
  const storedTimes = () => emulator.events().map(({ time }) => time);

  test('may be 23 hours ahead, and becomes now beyond that', async () => {
    await sendBatch([eventAt(NOW + 23 * HOUR), eventAt(NOW + 23 * HOUR + 1)]);
    expect(storedTimes()).toEqual([NOW + 23 * HOUR, NOW]);
    expect(emulator.counters()).toMatchObject({ accepted: 2, changed: { timestamp_in_future: 1 } });
  });

  test('is now when there is none or none that can be read', async () => {
    await sendBatch([event({ timestamp: undefined }), event({ timestamp: 'yesterday' })]);
    expect(storedTimes()).toEqual([NOW, NOW]);
    expect(emulator.counters().changed).toEqual({ timestamp_missing: 1, timestamp_unreadable: 1 });
  });

  test('is moved by the difference between sent_at and now, unless the event says that it must not', async () => {
    const properties = { $ignore_sent_at: true };
    const batch = [eventAt(NOW - HOUR), eventAt(NOW - HOUR, { properties })];
    await sendBatch(batch, { sent_at: new Date(NOW - 5_000).toISOString() });
    expect(storedTimes()).toEqual([NOW - HOUR + 5_000, NOW - HOUR]);
    expect(emulator.counters().changed).toEqual({ timestamp_skewed: 1 });
  });
});

describe('de-duplication', () => {
  test('keeps one event of those with the same day, name, distinct_id and uuid', async () => {
    const sent = event();
    const laterThatDay = { ...sent, timestamp: new Date(NOW).toISOString(), properties: { other: 1 } };
    await sendBatch([sent, sent]);
    await sendBatch([laterThatDay]);
    expect(emulator.timesAccepted(String(sent.uuid))).toBe(1);
    expect(emulator.timesReceived(String(sent.uuid))).toBe(3);
    expect(emulator.events()).toHaveLength(1);
    expect(emulator.counters()).toMatchObject({ accepted: 3, different: 1 });
  });

  test.each([
    ['day', { timestamp: new Date(NOW - 13 * HOUR).toISOString() }],
    ['name', { event: 'other' }],
    ['distinct_id', { distinct_id: 'u-2' }],
  ])('takes another %s for another event', async (_, changes) => {
    const sent = event();
    const other = { ...sent, ...changes };
    await sendBatch([sent, other, sent, other]);
    expect(emulator.timesAccepted(String(sent.uuid))).toBe(2);
    expect(emulator.timesReceived(String(sent.uuid))).toBe(4);
    expect(emulator.counters()).toMatchObject({ accepted: 4, different: 2 });
  });

  test('knows nothing of an id that never came', () => {
    expect(emulator.timesAccepted(randomUUID())).toBe(0);
    expect(emulator.timesReceived(randomUUID())).toBe(0);
  });
});

describe('advice', () => {
  const OLD = NOW - 49 * HOUR;
  const warnings = () => emulator.counters().warnings;

  test('on events older than 48 h: they want historical_migration', async () => {
    await sendBatch([eventAt(NOW - 48 * HOUR)]);
    expect(warnings()).toEqual({});
    await sendBatch([eventAt(NOW - 48 * HOUR - 1)]);
    expect(warnings()).toEqual({ old_without_historical: 1 });
  });

  test('on historical batches: old events only, in time order, of one day', async () => {
    const historical = (...times: number[]) =>
      sendBatch(
        times.map((time) => eventAt(time)),
        { historical_migration: true },
      );
    await historical(OLD, OLD, OLD + 1);
    expect(warnings()).toEqual({});
    await historical(OLD, NOW);
    expect(warnings()).toEqual({ historical_recent: 1, historical_days: 2 });
    await historical(OLD, OLD + 2, OLD + 1);
    expect(warnings()).toEqual({ historical_recent: 1, historical_days: 2, historical_order: 3 });
  });

  test('on historical batches: 5,000 events a second', async () => {
    const batch = Array.from({ length: 10_000 }, (_, index) => eventAt(OLD, { distinct_id: `u-${index}` }));
    for (let count = 0; count < 5; count++) await sendBatch(batch, { historical_migration: true });
    expect(warnings().historical_fast).toBeUndefined();
    await sendBatch([eventAt(OLD)], { historical_migration: true });
    expect(warnings().historical_fast).toBe(1);
    now += 10_000;
    await sendBatch([eventAt(OLD)], { historical_migration: true });
    expect(warnings().historical_fast).toBe(1);
    for (let count = 0; count < 5; count++) await sendBatch(batch, { historical_migration: true });
    emulator.reset();
    await sendBatch([eventAt(OLD)], { historical_migration: true });
    expect(warnings().historical_fast).toBeUndefined();
  });

  test('on a person with more than 100 events in a second', async () => {
    await sendBatch(Array.from({ length: 100 }, () => event()));
    expect(warnings()).toEqual({});
    await sendBatch([event(), event({ distinct_id: 'u-2' })]);
    expect(warnings()).toEqual({ slow_path: 1 });
    emulator.reset();
    await sendBatch([event()]);
    expect(warnings()).toEqual({});
  });

  test('on a person ends with the second', async () => {
    await sendBatch(Array.from({ length: 101 }, () => event()));
    expect(warnings()).toEqual({ slow_path: 1 });
    now += 1_000;
    await sendBatch([event()]);
    expect(warnings()).toEqual({ slow_path: 1 });
  });
});

test('the check of a key refuses strangers and knows the key', async () => {
  const check = (api_key: string) =>
    send(`${emulator.url}/flags/?v=2`, { body: JSON.stringify({ api_key, distinct_id: 'u' }) });
  expect(await check(KEY)).toMatchObject({ status: 200, body: { flags: {} } });
  expect(await check('phc_stranger')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
  expect(emulator.counters().accepted).toBe(0);
});

describe('posthog-node', () => {
  async function deliver(ids: readonly string[]): Promise<void> {
    const client = new PostHog(KEY, {
      ...{ host: emulator.url, flushAt: 100_000, flushInterval: 3_600_000, maxBatchSize: 100_000, fetchRetryCount: 0 },
      ...{ maxQueueSize: 100_000, disableGeoip: true },
    });
    client.on('error', () => undefined);
    const timestamp = new Date(NOW - HOUR);
    for (const uuid of ids) {
      client.capture({
        distinctId: 'u-1',
        event: 'demo',
        uuid,
        timestamp,
        properties: { $ignore_sent_at: true, n: 1 },
      });
    }
    await client.flush();
  }
  const ids = Array.from({ length: 500 }, () => randomUUID());

  test('delivers a batch in one request, unchanged', async () => {
    await deliver(ids);
    expect(emulator.acceptedIds()).toEqual(new Set(ids));
    expect(emulator.counters()).toMatchObject({ requests: 1, accepted: 500, dropped: {}, changed: {} });
    expect(emulator.events()[0]).toMatchObject({
      ...{ event: 'demo', distinctId: 'u-1', time: NOW - HOUR },
      properties: { n: 1, $lib: 'posthog-node', $geoip_disable: true },
    });
  });

  test('rejects a flush that was answered 500, and the batch delivers nothing twice', async () => {
    emulator.setFaults([{ kind: 'status', status: 500, first: 1 }]);
    await expect(deliver(ids)).rejects.toThrow();
    expect(emulator.counters().accepted).toBe(0);
    await deliver(ids);
    await deliver(ids);
    expect(emulator.counters()).toMatchObject({ accepted: 1000, different: 500 });
  });
});
