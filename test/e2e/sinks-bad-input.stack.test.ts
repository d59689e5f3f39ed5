import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { startMixpanelEmulator } from '../../dev/emulators/mixpanel.ts';
import { textArrayLiteral, textLiteral } from '../../dev/sample-data/literals.ts';
import { DAY, HOUR, MINUTE } from '../../shared/period.ts';
import { rejection } from '../client/client-world.ts';
import { actor, type ConfigOverrides } from './export-world.ts';
import { allRejected, expectEachRowOnce, expectNoComplaint, rootRow } from './sink-rows.ts';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

/** Forms and rows that no vendor takes as they are: an error with a remedy, or a reason in the list; nothing is lost or stuck. */
let it: SinkWorld;
let mixpanel: Emulator;
/** What Mixpanel's clock is ahead of ours, in milliseconds. */
let skew = 0;
beforeAll(async () => {
  mixpanel = await startMixpanelEmulator({ tokens: [TOKEN], keepEvents: true, now: () => Date.now() + skew });
  it = await openSinkWorld();
  await it.startWorker({ sinks: { mixpanelUrl: mixpanel.url } });
});
afterAll(async () => {
  await it.cleanup();
  await mixpanel.close();
});

const HOUR_START = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
const JSON_10_DEEP = `${'{"in":'.repeat(10)}1${'}'.repeat(10)}`;
/** Of both vendors' lists, in the spellings that applications use. */
const NOBODY = [
  ...[
    'null',
    'NULL',
    'undefined',
    'Anonymous',
    'anon',
    'NaN',
    '0',
    '-1',
    'true',
    'n/a',
    '<nil>',
    'unknown',
    '[]',
    '{}',
  ],
  ...['[object Object]', '00000000-0000-0000-0000-000000000000', ' guest ', '"none"', 'distinct_id'],
];
/** Those that are as good as any other id for one of them. */
const REAL = {
  posthog: ['anon', '-1', 'n/a', '<nil>', 'unknown', '[]', '{}'],
  mixpanel: ['NaN', '[object Object]', ' guest ', 'distinct_id'],
};

describe('a form', () => {
  test.each<[string, ConfigOverrides, string, RegExp]>([
    ['an unknown region', posthog({ region: 'mars' }), 'destination.region', /"us"\|"eu"\|"custom"/],
    ['a personal key', posthog({ projectApiKey: 'phx_personal' }), 'destination.projectApiKey', /begins with "phc_"/],
    [
      'a key with a line break',
      posthog({ projectApiKey: 'phc_a\nb' }),
      'destination.projectApiKey',
      /begins with "phc_"/,
    ],
    ['a host with a path', posthog({ host: 'https://example.com/batch/' }), 'destination.host', /without a path/],
    ['a host with a password', posthog({ host: 'https://me:sesame@example.com' }), 'destination.host', /no password/],
    [
      'a host beside a region',
      posthog({ region: 'eu' }),
      'destination.host',
      /leave host out, or choose region "custom"/,
    ],
    ['no host', posthog({ host: undefined }), 'destination.host', /for example https:/],
    ['a short token', mixpanelWith({ token: 'abc' }), 'destination.credentials.token', /32 digits/],
    [
      'an unknown Mixpanel region',
      { destination: mixed({ ...mixpanelAt(), region: 'jp' }) },
      'destination.region',
      /"in"/,
    ],
    ['input and output as columns', { ...posthog({}), columnGroups: ['core', 'io'] }, 'columnGroups', /includeIo/],
    ['a format', { ...posthog({}), format: 'csv' }, 'format', /is for files/],
  ])('with %s is refused, with the field and what to do', async (_, overrides, path, message) => {
    const projectId = `form-${it.own.world.id}`;
    const config = it.own.config(overrides);
    for (const call of [
      () => it.own.exports.integrations.create({ projectId, actor, config }),
      () => it.own.exports.integrations.testDestination({ projectId, config }),
    ]) {
      const error = await rejection(call());
      expect(error).toMatchObject({
        code: 'invalid_config',
        issues: [{ path, message: expect.stringMatching(message) }],
      });
      expect(String(error)).not.toMatch(/phx_personal|phc_a|sesame/);
    }
    expect(await it.own.exports.integrations.list({ projectId })).toEqual({ integrations: [] });
  });
});

/** Without the types of a form: people type what they like. */
function mixed(destination: Record<string, unknown>): NonNullable<ConfigOverrides['destination']> {
  return JSON.parse(JSON.stringify(destination));
}

function posthog(overrides: Record<string, unknown>): ConfigOverrides {
  const base = { kind: 'posthog', region: 'custom', host: 'https://posthog.example.com', projectApiKey: 'phc_example' };
  return { destination: mixed({ ...base, ...overrides }) };
}

function mixpanelAt() {
  return { kind: 'mixpanel', credentials: { kind: 'project_token', token: TOKEN } } as const;
}

function mixpanelWith(credentials: Record<string, unknown>): ConfigOverrides {
  return { destination: mixed({ kind: 'mixpanel', credentials: { kind: 'project_token', ...credentials } }) };
}

/** A row by its SQL values; what is left out is empty. */
async function insertStrange(projectId: string, id: string, columns: Record<string, string>): Promise<void> {
  const at = `fromUnixTimestamp64Milli(toInt64(${HOUR_START}))`;
  const trace = textLiteral(`of-${id}`);
  const all = {
    ...{
      project_id: textLiteral(projectId),
      trace_id: trace,
      span_id: textLiteral(id),
      type: `'SPAN'`,
      event_bytes: '500',
    },
    ...{ start_time: at, created_at: at, updated_at: at, event_ts: at },
    ...columns,
  };
  const names = Object.keys(all);
  await it.own.command(`INSERT INTO events_full (${names.join(', ')}) SELECT ${Object.values(all).join(', ')}`);
}

const long = (bytes: number) => ({ input: `repeat('many words ', ${bytes / 11})`, event_bytes: String(bytes) });

describe('rows', () => {
  test.each(['posthog', 'mixpanel'] as const)('%s: each is accepted, or rejected with a reason', async (vendor) => {
    const emulator = vendor === 'posthog' ? it.posthog : mixpanel;
    const project = it.own.project(`${vendor}-strange`);
    const { projectId } = project;
    await insertStrange(projectId, 'long', {
      ...long(5_500_000),
      output: `repeat(repeat('ü"', 1000), 2500)`,
      event_bytes: '13000000',
    });
    await insertStrange(projectId, 'binary', {
      input: `unhex('00ff80c3')`,
      name: `unhex('80fffe')`,
      output: `repeat(unhex('e4'), 600000)`,
    });
    await insertStrange(projectId, 'tags', { tags: `arrayMap(n -> concat('tag number ', toString(n)), range(1000))` });
    await insertStrange(projectId, 'deep', {
      metadata_names: textArrayLiteral(['deep', 'list', '$posthog_session_id']),
      metadata_values: textArrayLiteral([JSON_10_DEEP, `[${'['.repeat(10)}${']'.repeat(10)}]`, '']),
    });
    await insertStrange(projectId, 'wide', {
      metadata_names: `arrayMap(n -> concat('name ', toString(n)), range(2000))`,
      metadata_values: `arrayMap(n -> repeat('value ', 200), range(2000))`,
      event_bytes: '2500000',
    });
    await insertStrange(projectId, '', {});
    for (const [index, user] of NOBODY.entries()) {
      await insertStrange(projectId, `nobody-${index}`, { user_id: textLiteral(user) });
    }
    const at = HOUR_START;
    await project.insert(
      { ...rootRow('epoch', 0, { at }), start: '1970-01-01T00:00:00' },
      { ...rootRow('seventies', 0, { at }), start: '1970-03-01T00:00:00' },
      { ...rootRow('far', 0, { at }), start: '2200-01-01T00:00:00' },
      rootRow('tomorrow', Date.now() + 30 * HOUR, { at }),
      rootRow('soon', Date.now() + 2 * HOUR, { at }),
      rootRow('fine', at),
    );
    const one = await project.start({
      destination:
        vendor === 'posthog'
          ? mixed({ ...it.vendors.posthog.destination, includeIo: true })
          : mixed({ ...mixpanelAt(), includeIo: true }),
      columnGroups: ['core', 'basic', 'time', 'metadata', 'trace_context'],
    });
    const view = await one.untilExported();
    expect([view.holes, view.blocked]).toEqual([[], undefined]);
    await expectEachRowOnce(it.own, one, emulator);
    const reasons = Object.fromEntries((await allRejected(it.own, one)).map(({ id, reason }) => [id, reason]));
    const ahead = { far: 'time_in_future', tomorrow: 'time_in_future', '': 'id_missing' };
    expect(reasons).toEqual(
      vendor === 'posthog'
        ? ahead
        : { ...ahead, soon: 'time_in_future', epoch: 'time_too_old', seventies: 'time_too_old' },
    );
    expectNoComplaint(emulator);

    const eventsOf = (id: string) =>
      emulator.events().filter(({ properties }) => [properties.$ai_span_id, properties.ai_span_id].includes(id));
    // Strangers do not become one person: each is its own trace at PostHog, and nobody at Mixpanel.
    const strangers = NOBODY.map((user, index) => {
      if (REAL[vendor].includes(user)) return [user];
      return [vendor === 'posthog' ? `of-nobody-${index}` : ''];
    });
    expect(NOBODY.map((_, index) => eventsOf(`nobody-${index}`).map(({ distinctId }) => distinctId))).toEqual(
      strangers,
    );
    const size = Buffer.byteLength(JSON.stringify(eventsOf('long')[0]?.properties));
    expect(size).toBeLessThan(1_000_000);
  });

  test('a clock that is wrong: what Mixpanel holds for the future is listed, and accepted when the clocks agree', async () => {
    const project = it.own.project('clock');
    await project.insert(rootRow('old', HOUR_START), rootRow('recent', Date.now() - 70 * MINUTE));
    skew = -3 * HOUR;
    const one = await project.start({ destination: mixpanelAt() });
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, mixpanel)).toEqual(['recent']);
    const [entry] = await allRejected(it.own, one);
    expect(entry).toMatchObject({
      reason: 'refused',
      field: 'properties.time',
      message: expect.stringContaining('clock'),
    });
    skew = 0;
    await it.own.exports.integrations.replayRejected({ ...one, actor });
    await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(await expectEachRowOnce(it.own, one, mixpanel)).toEqual([]);
  });

  test('a vendor that refuses every single row ends in a list, not in a period that is never done; a replay in vain says so', async () => {
    const project = it.own.project('all-refused');
    await project.insert(...Array.from({ length: 40 }, (_, index) => rootRow(`row-${index}`, HOUR_START + index)));
    it.posthog.setFaults([{ kind: 'refuse-events', oneIn: 1 }]);
    const { destination } = it.vendors.posthog;
    const one = await project.start({ destination });
    await one.untilExported();
    expect(await expectEachRowOnce(it.own, one, it.posthog)).toHaveLength(40);
    await it.own.exports.integrations.replayRejected({ ...one, actor });
    const still = await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(still.lastReplay?.failure).toBeUndefined();
    expect(still.lastReplay?.result).toEqual({ tried: 40, accepted: 0, rejected: 40, gone: 0 });
    it.posthog.setFaults([]);
    await it.own.exports.integrations.replayRejected({ ...one, actor });
    await one.until(({ lastReplay }) => lastReplay?.result.accepted === 40, 'all are accepted');
    expect(await expectEachRowOnce(it.own, one, it.posthog)).toEqual([]);
  });
});
