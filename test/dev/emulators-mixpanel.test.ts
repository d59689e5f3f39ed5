import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { type MixpanelEmulatorOptions, startMixpanelEmulator } from '../../dev/emulators/mixpanel.ts';
import { createRollingSum } from '../../dev/emulators/rolling-sum.ts';
import { send } from './emulators-client.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ACCOUNT = { username: 'exports.demo', secret: 'open-sesame', projectId: '77' };
const NOW = Date.parse('2026-03-10T12:00:00.000Z');
const HOUR = 3_600_000;

let emulator: Emulator;
let now: number;

async function start(options: MixpanelEmulatorOptions = {}): Promise<void> {
  now = NOW;
  emulator = await startMixpanelEmulator({
    ...{ tokens: [TOKEN], serviceAccounts: [ACCOUNT], keepEvents: true, now: () => now },
    ...options,
  });
}
beforeEach(() => start());
afterEach(() => emulator.close());

type Properties = Record<string, unknown>;

function event(changes: Properties = {}, name: unknown = 'demo') {
  const properties = { time: NOW - HOUR, distinct_id: 'u-1', $insert_id: randomUUID(), ip: 0, ...changes };
  return { event: name, properties };
}

function basic(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function sendEvents(events: unknown, { query = '?strict=1', headers = basic(TOKEN, ''), gzip = false } = {}) {
  return send(`${emulator.url}/import${query}`, { body: JSON.stringify(events), headers, gzip });
}

/** Sends one event and says whether it was kept, or the reason and the field that it was refused for. */
async function fateOf(sent: unknown): Promise<string> {
  const { status, body } = await sendEvents([sent]);
  if (status === 200) return 'kept';
  expect(body).toMatchObject({ num_records_imported: 0, failed_records: [{ index: 0, field: expect.any(String) }] });
  return Object.keys(emulator.counters().refused).join();
}

const list = (length: number) => Array.from({ length }, (_, index) => index);
const keys = (length: number) => Object.fromEntries(list(length).map((index) => [`k${index}`, index]));

/** An event that has so many bytes as JSON. */
function eventOfBytes(bytes: number) {
  const small = event({ text: '' });
  return event({ ...small.properties, text: 'x'.repeat(bytes - JSON.stringify(small).length) });
}

describe('a request', () => {
  test.each([false, true])('with right events is imported as it is (gzip: %s)', async (gzip) => {
    const sent = event({ text: 'grün' });
    const answer = await sendEvents([sent], { gzip });
    expect(answer).toMatchObject({ status: 200, body: { code: 200, num_records_imported: 1, status: 'OK' } });
    expect(emulator.events()).toEqual([
      {
        ...{ id: sent.properties.$insert_id, event: 'demo', distinctId: 'u-1', time: NOW - HOUR },
        properties: sent.properties,
      },
    ]);
    expect(emulator.counters()).toMatchObject({ accepted: 1, refused: {}, changed: {}, warnings: {} });
  });

  test('is taken from a service account for its project only', async () => {
    const headers = basic(ACCOUNT.username, ACCOUNT.secret);
    const status = async (query: string) => (await sendEvents([event()], { query, headers })).status;
    expect(await status('?strict=1&project_id=77')).toBe(200);
    expect(await status('?strict=1&project_id=78')).toBe(401);
    expect(await status('?strict=1')).toBe(401);
    expect(emulator.counters()).toMatchObject({ accepted: 1, refused: { credentials_unknown: 2 } });
  });

  test.each([
    ['an unknown token', basic('f'.repeat(32), '')],
    ['a token with a password', basic(TOKEN, 'x')],
    ['an account with a wrong secret', basic(ACCOUNT.username, 'x')],
    ['another scheme', { authorization: String(basic(TOKEN, '').authorization).replace('Basic', 'Bearer') }],
    ['no credentials', {}],
  ])('with %s is refused', async (_, headers: Record<string, string>) => {
    expect(await sendEvents([event()], { headers })).toMatchObject({ status: 401, body: { code: 401 } });
    expect(emulator.counters()).toMatchObject({ accepted: 0, refused: { credentials_unknown: 1 } });
  });

  test('may have 2,000 events', async () => {
    expect(await sendEvents(list(2_000).map(() => event()))).toMatchObject({ status: 200 });
    expect(await sendEvents(list(2_001).map(() => event()))).toMatchObject({ status: 413 });
    expect(emulator.counters()).toMatchObject({ accepted: 2_000, refused: { too_many_events: 1 } });
  });

  test('may have 10 MB before compression', async () => {
    const events = list(12).map(() => eventOfBytes(800_000));
    const rest = 10_000_000 - 2 - 12 * 800_001;
    expect(await sendEvents([...events, eventOfBytes(rest)], { gzip: true })).toMatchObject({ status: 200 });
    expect(emulator.counters()).toMatchObject({ accepted: 13, bytes: { uncompressed: 10_000_000 } });
    for (const gzip of [true, false]) {
      expect(await sendEvents([...events, eventOfBytes(rest + 1)], { gzip })).toMatchObject({ status: 413 });
    }
    expect(emulator.counters()).toMatchObject({ accepted: 13, refused: { body_too_large: 2 } });
  });

  test('that is no array is refused', async () => {
    expect(await sendEvents({ events: [] })).toMatchObject({ status: 400, body: { code: 400 } });
    expect(emulator.counters().refused).toEqual({ not_json: 1 });
  });

  test('that is right in part is imported in part, and names what failed', async () => {
    const [bad, worse] = [event({ time: 0 }), event({ distinct_id: 'null' })];
    const answer = await sendEvents([event(), bad, event(), worse]);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body).toEqual({
      ...{ code: 400, status: 'Bad Request', error: expect.any(String), num_records_imported: 2 },
      failed_records: [
        { index: 1, insert_id: bad.properties.$insert_id, field: 'properties.time', message: expect.any(String) },
        {
          index: 3,
          insert_id: worse.properties.$insert_id,
          field: 'properties.distinct_id',
          message: expect.any(String),
        },
      ],
    });
    expect(emulator.counters()).toMatchObject({
      accepted: 2,
      refused: { time_too_early: 1, distinct_id_forbidden: 1 },
    });
  });

  test('can be told what failed under the other name of the id', async () => {
    await emulator.close();
    await start({ failedRecordId: '$insert_id' });
    const bad = event({ time: 0 });
    expect(await sendEvents([bad])).toMatchObject({
      body: { failed_records: [{ $insert_id: bad.properties.$insert_id }] },
    });
  });

  test('without strict=1 loses what is wrong and says success', async () => {
    const answer = await sendEvents([event(), event({ time: 0 })], { query: '' });
    expect(answer).toMatchObject({ status: 200, body: { num_records_imported: 1 } });
    expect(emulator.counters()).toMatchObject({ accepted: 1, dropped: { time_too_early: 1 }, refused: {} });
  });
});

describe('an event', () => {
  test.each([
    ['that is no object', 7, 'not_an_object'],
    ['without a name', event({}, ''), 'event_name_missing'],
    ['without properties', { event: 'demo' }, 'properties_missing'],
    ['without a time', event({ time: undefined }), 'time_missing'],
    ['whose time is a text', event({ time: String(NOW) }), 'time_missing'],
    ['of the first day of 1971', event({ time: Date.UTC(1971, 0, 1) }), 'kept'],
    ['before 1971', event({ time: Date.UTC(1971, 0, 1) - 1 }), 'time_too_early'],
    ['in seconds', event({ time: NOW / 1000 }), 'time_too_early'],
    ['an hour ahead', event({ time: NOW + HOUR }), 'kept'],
    ['more than an hour ahead', event({ time: NOW + HOUR + 1 }), 'time_in_future'],
    ['without a user', event({ distinct_id: '' }), 'kept'],
    ['without a distinct_id', event({ distinct_id: undefined }), 'distinct_id_missing'],
    ['with an insert id of 36 characters', event({ $insert_id: `${'aZ9-'.repeat(9)}` }), 'kept'],
    ['with an insert id of 37 characters', event({ $insert_id: 'a'.repeat(37) }), 'insert_id_invalid'],
    ['with a foreign character in the insert id', event({ $insert_id: 'a_b' }), 'insert_id_invalid'],
    ['with an empty insert id', event({ $insert_id: '' }), 'insert_id_invalid'],
    ['without an insert id', event({ $insert_id: undefined }), 'insert_id_invalid'],
    ['with 254 properties', event(keys(250)), 'kept'],
    ['with 255 properties', event(keys(251)), 'too_many_properties'],
    ['with an object of 254 keys', event({ nested: keys(254) }), 'kept'],
    ['with an object of 255 keys', event({ nested: keys(255) }), 'too_many_keys'],
    ['with an array of 254 elements', event({ array: list(254) }), 'kept'],
    ['with an array of 255 elements', event({ array: list(255) }), 'array_too_long'],
    ['with an array of 255 elements in an object', event({ nested: { array: list(255) } }), 'array_too_long'],
    ['of three layers', event({ two: { three: 1 } }), 'kept'],
    ['of three layers with an array', event({ two: [{ three: 1 }] }), 'kept'],
    ['of four layers', event({ two: { three: { four: {} } } }), 'too_deep'],
    ['of four layers in arrays', event({ two: [[[4]]] }), 'too_deep'],
    ['of just less than 1 MB', eventOfBytes(999_999), 'kept'],
    ['of 1 MB', eventOfBytes(1_000_000), 'event_too_large'],
  ])('%s: %#', async (_, sent, fate) => {
    expect(await fateOf(sent)).toBe(fate);
  });

  test.each([
    ...['00000000-0000-0000-0000-000000000000', 'anon', 'anonymous', 'nil', 'none', 'null', 'n/a', 'na', 'undefined'],
    ...['unknown', '<nil>', '0', '-1', 'true', 'false', '[]', '{}', 'NULL', 'Anonymous'],
  ])('with distinct_id %s is refused', async (id) => {
    expect(await fateOf(event({ distinct_id: id }))).toBe('distinct_id_forbidden');
  });

  test('gets its long texts cut at 255 bytes, wherever they are', async () => {
    const [fits, long] = ['x'.repeat(255), 'y'.repeat(256)];
    const wide = 'ü'.repeat(128);
    await sendEvents([event({ fits, long, wide, nested: { long }, array: [long, { long }] }, long)]);
    const cut = 'y'.repeat(255);
    const [kept] = emulator.events();
    expect(kept).toMatchObject({
      event: cut,
      properties: { fits, long: cut, nested: { long: cut }, array: [cut, { long: cut }] },
    });
    expect(kept?.properties.wide).toMatch(/^ü{127}/);
    expect(kept?.properties.wide).not.toBe(wide);
    expect(emulator.counters().changed).toEqual({ text_cut: 6 });
  });

  test('without ip: 0 is imported with a warning', async () => {
    await sendEvents([event({ ip: undefined }), event({ ip: '192.0.2.1' }), event()]);
    expect(emulator.counters()).toMatchObject({ accepted: 3, warnings: { ip_missing: 2 } });
  });
});

describe('de-duplication', () => {
  test('keeps one event of those with the same name, time, distinct_id and insert id', async () => {
    const sent = event();
    await sendEvents([sent, sent]);
    await sendEvents([{ ...sent, properties: { ...sent.properties, other: 1 } }]);
    expect(emulator.timesAccepted(sent.properties.$insert_id)).toBe(1);
    expect(emulator.timesReceived(sent.properties.$insert_id)).toBe(3);
    expect(emulator.counters()).toMatchObject({ accepted: 3, different: 1 });
  });

  test.each([
    ['time', { time: NOW - HOUR + 1 }, 'demo'],
    ['distinct_id', { distinct_id: 'u-2' }, 'demo'],
    ['name', {}, 'other'],
  ])('takes another %s for another event', async (_, changes, name) => {
    const sent = event();
    await sendEvents([sent, { event: name, properties: { ...sent.properties, ...changes } }, sent]);
    expect(emulator.timesAccepted(sent.properties.$insert_id)).toBe(2);
    expect(emulator.counters()).toMatchObject({ accepted: 3, different: 2 });
  });
});

describe('the rate of a rolling minute', () => {
  test('counts events', async () => {
    await emulator.close();
    await start({ rate: { eventsPerMinute: 3, bytesPerMinute: 1e9 } });
    const status = async (events: number) => (await sendEvents(list(events).map(() => event()))).status;
    expect(await status(2)).toBe(200);
    now += 30_000;
    expect(await status(2)).toBe(429);
    expect(await status(1)).toBe(200);
    now += 30_000;
    expect(await status(2)).toBe(200);
    expect(await status(1)).toBe(429);
    expect(emulator.counters()).toMatchObject({ accepted: 5, refused: { rate: 2 } });
    emulator.reset();
    expect(await status(3)).toBe(200);
  });

  test('counts bytes before compression', async () => {
    await emulator.close();
    const events = [event({ text: 'x'.repeat(200), more: 'x'.repeat(200) })];
    await start({ rate: { eventsPerMinute: 1e6, bytesPerMinute: 2 * JSON.stringify(events).length } });
    const status = async () => (await sendEvents(events, { gzip: true })).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    emulator.reset();
    expect(await status()).toBe(200);
  });

  test('is the sum of what came in the last seconds, whatever the pauses', () => {
    const steps = fc.array(fc.record({ pause: fc.nat(9_000), amount: fc.nat(1_000) }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), steps, (seconds, steps) => {
        const rolling = createRollingSum(seconds);
        const came: { second: number; amount: number }[] = [];
        let time = NOW;
        for (const { pause, amount } of steps) {
          time += pause;
          rolling.add(amount, time);
          came.push({ second: Math.floor(time / 1000), amount });
          const oldest = Math.floor(time / 1000) - seconds + 1;
          const expected = came.filter(({ second }) => second >= oldest).reduce((sum, { amount }) => sum + amount, 0);
          expect(rolling.sum(time)).toBe(expected);
        }
      }),
    );
  });
});
