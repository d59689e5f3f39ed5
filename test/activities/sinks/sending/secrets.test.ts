import { afterEach, describe, expect, it } from 'vitest';
import type { MixpanelDestination } from '../../../../shared/config/event-sinks.ts';
import { catchExportError, expectNoSecrets } from '../../../destinations/export-errors.ts';
import { type Reply, startScriptedServer } from './scripted-server.ts';
import {
  ACCOUNT_SECRET,
  calm,
  MIXPANEL_TOKEN,
  mixpanelEvents,
  mixpanelSink,
  POSTHOG_KEY,
  postHogEvents,
  postHogSink,
  serviceAccount,
  sinkOptions,
  testClock,
} from './sending-world.ts';

const SECRETS = [
  POSTHOG_KEY,
  MIXPANEL_TOKEN,
  ACCOUNT_SECRET,
  Buffer.from(`${MIXPANEL_TOKEN}:`).toString('base64'),
  Buffer.from(`exports.1a2b3c.mp-service-account:${ACCOUNT_SECRET}`).toString('base64'),
  'alice@example.com',
];

const open: { close(): void }[] = [];
const opened = <S extends { close(): void }>(sink: S): S => {
  open.push(sink);
  return sink;
};
afterEach(() => {
  for (const sink of open.splice(0)) sink.close();
});

const body = { error: SECRETS.join(' '), detail: SECRETS };
const FAULTS: Reply[] = [
  ...[302, 400, 401, 402, 403, 404, 408, 429, 500, 503].map((status) => ({ status, body })),
  'cut after reading',
  'silence',
];

describe('errors of sending', () => {
  it.each(FAULTS)('hold no secrets and no values of rows: PostHog, %j', async (fault) => {
    await using server = await startScriptedServer(() => fault);
    const sink = opened(postHogSink(server.origin, sinkOptions(testClock(), { timeoutMs: 50, patienceMs: 2_000 })));
    const error = await catchExportError(
      sink.send(
        postHogEvents(20, () => ({ distinctId: 'alice@example.com' })),
        calm(),
      ),
    );
    expectNoSecrets(error, SECRETS);
    expect(error.remedy).not.toBe('');
  });

  const token: Partial<MixpanelDestination> = {};
  it.each(FAULTS.flatMap((fault) => [token, { credentials: serviceAccount() }].map((change) => ({ fault, change }))))(
    'hold no secrets and no values of rows: Mixpanel, $fault',
    async ({ fault, change }) => {
      await using server = await startScriptedServer(() => fault);
      const options = sinkOptions(testClock(), { timeoutMs: 50, patienceMs: 2_000 });
      const sink = opened(mixpanelSink(server.origin, options, change));
      expectNoSecrets(await catchExportError(sink.send(mixpanelEvents(20), calm())), SECRETS);
    },
  );
});

describe('a secret that cannot be opened', () => {
  it.each([
    ['', /has no project API key/],
    ['v1.0.abc', /project API key cannot be opened/],
  ])('%j is ConfigInvalid when the sink is opened', async (projectApiKey, expected) => {
    const open = async () => postHogSink('https://posthog.example', sinkOptions(), { projectApiKey });
    expect(await catchExportError(open())).toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringMatching(expected),
    });
  });

  it.each([
    ['', /has no project token/],
    ['v1.0.abc', /project token cannot be opened/],
  ])('%j is ConfigInvalid for Mixpanel as well', async (sealed, expected) => {
    const open = async () =>
      mixpanelSink('https://mixpanel.example', sinkOptions(), {
        credentials: { kind: 'project_token', token: sealed },
      });
    expect(await catchExportError(open())).toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringMatching(expected),
    });
  });
});
