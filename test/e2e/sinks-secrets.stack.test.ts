import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startMixpanelEmulator } from '../../dev/emulators/mixpanel.ts';
import { startPostHogEmulator } from '../../dev/emulators/posthog.ts';
import { DAY } from '../../shared/period.ts';
import { startWorkerProcess } from '../workers/worker-process.ts';
import { actor, type ConfigOverrides, ENCRYPTION_KEY, openExportWorld } from './export-world.ts';
import { recorded, secretsIn } from './recorded.ts';
import { rootRow } from './sink-rows.ts';

type Place = NonNullable<ConfigOverrides['destination']>;

const hex = () => randomBytes(16).toString('hex');

test('no key, token or secret of PostHog and Mixpanel, and no value of a refused row, stands in what is recorded, stored or logged', async ({
  onTestFinished,
}) => {
  const key = `phc_${hex()}`;
  const token = hex();
  const secret = `secret-${hex()}`;
  const wrong = { key: `phc_${hex()}`, token: hex(), secret: `wrong-${hex()}` };
  const username = 'exports.1a2b3c.mp-service-account';
  const own = await openExportWorld();
  const posthog = await startPostHogEmulator({ keys: [key] });
  const mixpanel = await startMixpanelEmulator({
    tokens: [token],
    serviceAccounts: [{ username, secret, projectId: '4711' }],
  });
  onTestFinished(async () => {
    await own.cleanup();
    await Promise.all([posthog.close(), mixpanel.close()]);
  });
  const worker = await startWorkerProcess(own, {
    ENCRYPTION_KEY,
    EXPORTS_DATABASE: own.exportsDatabase,
    LOG_LEVEL: 'debug',
    MIXPANEL_URL: mixpanel.url,
  });
  const project = own.project('secrets');
  const { projectId } = project;
  const value = `value-${hex()}`;
  await project.insert(
    rootRow('old', Date.now() - 6 * DAY),
    rootRow('ahead', Date.now() + 5 * DAY, { at: Date.now() - 6 * DAY, tags: [value], input: value }),
  );

  const postHogAt = (projectApiKey: string) =>
    ({ kind: 'posthog', region: 'custom', host: posthog.url, projectApiKey, includeIo: true }) as const;
  const byToken = (text: string) =>
    ({ kind: 'mixpanel', credentials: { kind: 'project_token', token: text } }) as const;
  const byAccount = (text: string) =>
    ({
      kind: 'mixpanel',
      credentials: { kind: 'service_account', username, secret: text, projectId: '4711' },
    }) as const;
  const cases: Array<[id: string, wrong: Place, right: Place]> = [
    ['posthog', postHogAt(wrong.key), postHogAt(key)],
    ['token', byToken(wrong.token), byToken(token)],
    ['account', byAccount(wrong.secret), byAccount(secret)],
  ];
  const views = await Promise.all(
    cases.map(async ([integrationId, bad, good]) => {
      const config = own.config({ destination: bad });
      const steps = await own.exports.integrations.testDestination({ projectId, config });
      expect(steps.at(-1)).toMatchObject({ step: 'key', ok: false, failure: { type: 'DestinationDenied' } });
      const one = await project.start({ destination: bad }, { integrationId });
      await one.until(({ blocked }) => (blocked?.probes ?? 0) > 0, 'it was probed in vain');
      await one.update({ destination: good });
      await one.untilExported();
      const id = { projectId, integrationId, actor };
      await own.exports.integrations.replayRejected(id);
      await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
      const list = await own.exports.integrations.rejected(id);
      expect(list.entries.map(({ id: row }) => row)).toEqual(['ahead']);
      const view = await own.exports.integrations.get(id);
      await own.exports.integrations.delete(id);
      return { view, list };
    }),
  );
  expect([posthog.counters().different, mixpanel.counters().different]).toEqual([2, 2]);

  const history = await recorded(own, projectId, ['integration', 'test-destination', 'list-rejected']);
  expect(history.types).toEqual(new Set(['integration', 'exportPeriod', 'testDestination', 'listRejected']));
  const tables = await own.rows(`SELECT name FROM system.tables WHERE database = '${own.exportsDatabase}'`);
  const stored = await Promise.all(tables.map(({ name }) => own.rows(`SELECT * FROM ${own.exportsDatabase}.${name}`)));
  const places = {
    temporal: history.text,
    database: JSON.stringify(stored),
    log: worker.output(),
    views: JSON.stringify(views),
  };
  // The search sees what is there.
  expect(places.temporal).toContain('"projectApiKey":"v1.');
  expect(places.temporal).toContain(username);
  expect(places.database).toContain('time_in_future');
  expect(places.log).toMatch(/"level":"debug"/);
  const basic = { token: `${token}:`, account: `${username}:${secret}` };
  const secrets = { key, token, secret, basicToken: basic.token, basicAccount: basic.account };
  const wrongs = { wrongKey: wrong.key, wrongToken: wrong.token, wrongSecret: wrong.secret };
  expect(secretsIn(places, { ...secrets, ...wrongs, value, encryption: ENCRYPTION_KEY })).toEqual([]);
}, 180_000);
