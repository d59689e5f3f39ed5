import { describe, expect, it } from 'vitest';
import { changeConfig } from '../../shared/config/change.ts';
import {
  describeIssues,
  type IntegrationConfig,
  integrationConfigSchema,
  integrationInputSchema,
} from '../../shared/config/integration.ts';
import { redact, secretsOf } from '../../shared/config/secrets.ts';
import { SEALED } from './worlds.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const POSTHOG = { kind: 'posthog', projectApiKey: 'phc_made_up' };
const MIXPANEL = { kind: 'mixpanel', credentials: { kind: 'project_token', token: TOKEN } };
const ACCOUNT = {
  kind: 'service_account',
  username: 'exports.1a2b3c.mp-service-account',
  secret: 's',
  projectId: '12',
};

function problem(destination: Record<string, unknown>, changes: Record<string, unknown> = {}): string | undefined {
  const { error } = integrationInputSchema.safeParse({ name: 'Analytics', destination, ...changes });
  return error && describeIssues(error);
}

/** As workflows carry it. */
function sealed(destination: Record<string, unknown>): IntegrationConfig {
  return integrationConfigSchema.parse({ name: 'Analytics', destination });
}
const posthog = (changes: Record<string, unknown> = {}) => sealed({ ...POSTHOG, projectApiKey: SEALED, ...changes });
const mixpanel = (credentials: Record<string, unknown> = {}, changes: Record<string, unknown> = {}) =>
  sealed({ kind: 'mixpanel', credentials: { kind: 'project_token', token: SEALED, ...credentials }, ...changes });

describe('an event sink', () => {
  it('needs its key only; the rest has defaults, and neither texts nor metadata go out unasked', () => {
    const config = integrationInputSchema.parse({ name: 'Analytics', destination: POSTHOG });
    expect(config.destination).toEqual({ ...POSTHOG, region: 'us', eventStyle: 'ai', includeIo: false });
    expect(config.columnGroups).toContain('usage');
    expect(config.columnGroups).not.toContain('io');
    expect(config.columnGroups).not.toContain('metadata');
    const other = integrationInputSchema.parse({ name: 'Analytics', destination: MIXPANEL });
    expect(other.destination).toEqual({ ...MIXPANEL, region: 'us', eventStyle: 'ai', includeIo: false });
  });

  it('takes metadata where it is asked for', () => {
    expect(problem(POSTHOG, { columnGroups: ['core', 'metadata'] })).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown region', { ...POSTHOG, region: 'mars' }, /^destination\.region: /],
    [
      'a key of another kind',
      { ...POSTHOG, projectApiKey: 'phx_personal' },
      /^destination\.projectApiKey: the project API key, which begins with "phc_"/,
    ],
    ['a key with blanks', { ...POSTHOG, projectApiKey: 'phc_a b' }, /^destination\.projectApiKey: /],
    [
      'a custom region without its host',
      { ...POSTHOG, region: 'custom' },
      /^destination\.host: region custom needs its host/,
    ],
    [
      'a host without custom',
      { ...POSTHOG, host: 'https://posthog.example.com' },
      /^destination\.host: region us has a host of its own/,
    ],
    [
      'a host with a path',
      { ...POSTHOG, region: 'custom', host: 'https://posthog.example.com/batch/' },
      /^destination\.host: only scheme, host and port/,
    ],
    [
      'a host with credentials',
      { ...POSTHOG, region: 'custom', host: 'https://ada:pw@posthog.example.com' },
      /^destination\.host: must hold no user and no password/,
    ],
    [
      'a host that is no URL',
      { ...POSTHOG, region: 'custom', host: 'posthog.example.com' },
      /^destination\.host: a URL such as/,
    ],
    ['an unknown style', { ...POSTHOG, eventStyle: 'plain' }, /^destination\.eventStyle: /],
    ['no pace', { ...POSTHOG, eventsPerSecond: 0 }, /^destination\.eventsPerSecond: /],
    ['an unknown field', { ...POSTHOG, bucket: 'b' }, /^destination: Unrecognized key: "bucket"/],
    [
      'a token of the wrong form',
      { ...MIXPANEL, credentials: { kind: 'project_token', token: 'abc' } },
      /^destination\.credentials\.token: the project token: 32 digits/,
    ],
    ['a Mixpanel region of PostHog', { ...MIXPANEL, region: 'custom' }, /^destination\.region: /],
    [
      'a project by name',
      { ...MIXPANEL, credentials: { ...ACCOUNT, projectId: 'mine' } },
      /^destination\.credentials\.projectId: the number of the project/,
    ],
    [
      'a user name with a colon',
      { ...MIXPANEL, credentials: { ...ACCOUNT, username: 'a:b' } },
      /^destination\.credentials\.username: /,
    ],
  ])('is refused with %s', (_, destination, message) => {
    expect(problem(destination)).toMatch(message);
  });

  it.each([
    ['format', { format: 'csv' }],
    ['compression', { compression: 'gzip' }],
    ['csv', { csv: { bom: true } }],
    ['layout', { layout: { kind: 'flat' } }],
  ])('takes no %s: that is for files', (path, changes) => {
    expect(problem(MIXPANEL, changes)).toContain(`${path}: is for files`);
  });

  it('takes input and output by includeIo only', () => {
    expect(problem(POSTHOG, { columnGroups: ['core', 'io'] })).toMatch(/^columnGroups: input and output go out with/);
  });
});

describe('secrets of event sinks', () => {
  it('are known by their path, and hidden', () => {
    expect([...secretsOf(posthog()).keys()]).toEqual(['destination.projectApiKey']);
    expect([...secretsOf(mixpanel()).keys()]).toEqual(['destination.credentials.token']);
    const account = sealed({ ...MIXPANEL, credentials: { ...ACCOUNT, secret: SEALED } });
    expect([...secretsOf(account).keys()]).toEqual(['destination.credentials.secret']);
    for (const config of [posthog(), mixpanel(), account]) expect(JSON.stringify(redact(config))).not.toContain(SEALED);
  });

  it('must be sealed before they reach a workflow', () => {
    for (const destination of [POSTHOG, MIXPANEL, { ...MIXPANEL, credentials: ACCOUNT }])
      expect(integrationConfigSchema.safeParse({ name: 'x', destination }).success).toBe(false);
  });

  it('stay when they are left blank, also when style and pace change', () => {
    const change = changeConfig(posthog(), posthog({ projectApiKey: '', eventStyle: 'langfuse' }), undefined);
    expect(change).toMatchObject({
      config: { destination: { projectApiKey: SEALED } },
      replacesDestination: true,
      moved: false,
    });
  });

  it.each<[string, IntegrationConfig, IntegrationConfig, string]>([
    [
      'another host',
      posthog({ region: 'custom', host: 'https://a.example.com' }),
      posthog({ region: 'custom', host: 'https://b.example.com', projectApiKey: '' }),
      'destination.projectApiKey',
    ],
    ['another region', posthog(), posthog({ region: 'eu', projectApiKey: '' }), 'destination.projectApiKey'],
    ['another vendor', posthog(), mixpanel({ token: '' }), 'destination.credentials.token'],
    [
      'another region of Mixpanel',
      mixpanel(),
      mixpanel({ token: '' }, { region: 'in' }),
      'destination.credentials.token',
    ],
  ])('are asked for again at %s', (_, before, after, path) => {
    for (const history of ['continue', 'restart', undefined] as const)
      expect(changeConfig(before, after, history)).toContain(`${path}: enter the secret again`);
  });

  it('asks what becomes of the history at another place', () => {
    expect(changeConfig(posthog(), posthog({ region: 'eu' }), undefined)).toMatch(/^history: /);
    expect(changeConfig(posthog(), posthog({ region: 'eu' }), 'restart')).toMatchObject({
      moved: true,
      moves: ['restart'],
    });
  });
});
