import { afterEach, describe, expect, it } from 'vitest';
import { type Reply, startScriptedServer } from './scripted-server.ts';
import {
  MIXPANEL_TOKEN,
  mixpanelSink,
  NOBODY,
  OPEN_POLICY,
  POSTHOG_KEY,
  postHogSink,
  sinkOptions,
} from './sending-world.ts';

const open: { close(): void }[] = [];
const opened = <S extends { close(): void }>(sink: S): S => {
  open.push(sink);
  return sink;
};
afterEach(() => {
  for (const sink of open.splice(0)) sink.close();
});

async function probe(kind: 'posthog' | 'mixpanel', reply: Reply, options = sinkOptions()) {
  await using server = await startScriptedServer(() => reply);
  const sink = opened(kind === 'posthog' ? postHogSink(server.origin, options) : mixpanelSink(server.origin, options));
  const steps = await sink.test();
  return {
    received: server.received,
    outcome: steps.map(({ step, ok, failure }) => [step, ok ? 'ok' : failure?.type]),
    steps,
  };
}

const ALL_OK = [
  ['resolve', 'ok'],
  ['connect', 'ok'],
  ['key', 'ok'],
];

describe('the test of a PostHog destination', () => {
  it('asks for feature flags with the key, and sends no event', async () => {
    const { outcome, received } = await probe('posthog', { body: { flags: {} } });
    expect(outcome).toEqual(ALL_OK);
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /flags/?v=2']);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ api_key: POSTHOG_KEY });
  });

  it.each<Reply>([
    { status: 401, body: { type: 'authentication_error', code: 'invalid_api_key' } },
    { status: 403 },
    { status: 400, body: { code: 'invalid_api_key', detail: 'Project API key invalid.' } },
  ])('fails for a clear refusal of the key: %j', async (reply) => {
    const { outcome, steps } = await probe('posthog', reply);
    expect(outcome[2]).toEqual(['key', 'DestinationDenied']);
    expect(JSON.stringify(steps)).not.toContain(POSTHOG_KEY);
  });

  it.each<Reply>([
    { status: 400 },
    { status: 402 },
    { status: 404 },
    { status: 429 },
    { status: 500 },
    'cut after reading',
  ])('passes when the key cannot be checked: %j', async (reply) => {
    expect((await probe('posthog', reply)).outcome).toEqual(ALL_OK);
  });
});

describe('the test of a Mixpanel destination', () => {
  const refusal = {
    code: 400,
    num_records_imported: 0,
    failed_records: [{ index: 0, field: 'event', message: 'missing' }],
  };

  it('sends one event that Mixpanel must refuse, and takes the refusal as proof of the key', async () => {
    const { outcome, received } = await probe('mixpanel', { status: 400, body: refusal });
    expect(outcome).toEqual(ALL_OK);
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /import?strict=1']);
    const [event] = JSON.parse(received[0]?.body ?? '');
    expect(event).toEqual({ event: '', properties: { distinct_id: '' } });
  });

  it.each([
    [401, 'DestinationDenied'],
    [403, 'DestinationDenied'],
    [402, 'DestinationBusy'],
    [503, 'DestinationBusy'],
    [404, 'ConfigInvalid'],
  ] as const)('fails with status %i: %s', async (status, type) => {
    const { outcome, steps } = await probe('mixpanel', { status, body: { error: MIXPANEL_TOKEN } });
    expect(outcome[2]).toEqual(['key', type]);
    expect(JSON.stringify(steps)).not.toContain(MIXPANEL_TOKEN);
  });

  it('takes no 400 of another server as proof', async () => {
    const { outcome } = await probe('mixpanel', { status: 400, body: 'Bad Request' });
    expect(outcome[2]).toEqual(['key', 'ConfigInvalid']);
  });
});

describe('the way to a destination', () => {
  it('ends at a forbidden address, before anything is sent', async () => {
    const options = sinkOptions(undefined, { policy: { ...OPEN_POLICY, allowPrivateNetworks: false } });
    const { outcome, received } = await probe('posthog', {}, options);
    expect(outcome).toEqual([['resolve', 'ConfigInvalid']]);
    expect(received).toEqual([]);
  });

  it("may lead to a private address for Mixpanel, which is the operator's own", async () => {
    const options = sinkOptions(undefined, {
      policy: { ...OPEN_POLICY, allowPrivateNetworks: false, allowHttp: false },
    });
    expect((await probe('mixpanel', { body: { num_records_imported: 0 } }, options)).outcome).toEqual(ALL_OK);
  });

  it('ends where nobody listens', async () => {
    const steps = await opened(postHogSink(NOBODY)).test();
    expect(steps.map(({ step, failure }) => [step, failure?.type])).toEqual([
      ['resolve', undefined],
      ['connect', 'DestinationBusy'],
    ]);
  });
});
