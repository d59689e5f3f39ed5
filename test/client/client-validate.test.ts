import { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { createExportsClient, InvalidConfig } from '../../client/index.ts';
import { sealSecrets } from '../../client/seal-secrets.ts';
import { actorSchema, idSchema, instantSchema, parse, parseWithConfig } from '../../client/validate.ts';
import { integrationConfigSchema } from '../../shared/config/integration.ts';
import { redact, secretsOf } from '../../shared/config/secrets.ts';
import { createSealer } from '../../shared/sealed.ts';

const secretAccessKey = 'a-plain-secret-that-must-not-show';
const valid = {
  name: 'Example',
  destination: {
    kind: 's3',
    provider: 'aws',
    bucket: 'example',
    credentials: { kind: 'static', accessKeyId: 'key', secretAccessKey },
  },
};

function issuesOf(config: unknown, secrets: { required?: string } = {}): Record<string, string> {
  const input = { projectId: 'p', actor: 'a', config };
  try {
    parseWithConfig({ projectId: idSchema, actor: actorSchema }, input, secrets);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    expect(error.message).not.toContain(secretAccessKey);
    return Object.fromEntries(error.issues.map(({ path, message }) => [path, message]));
  }
  return {};
}

test('a valid configuration passes, with defaults filled in', () => {
  const { config } = parseWithConfig({}, { config: valid }, {});
  expect(config).toMatchObject({ frequency: 'daily', format: 'parquet', mode: 'FULL_HISTORY' });
});

test.each<[string, unknown, string, RegExp]>([
  ['no configuration', undefined, 'configuration', /./],
  ['text for a configuration', 'text', 'configuration', /./],
  ['an unknown field', { ...valid, secret: secretAccessKey }, 'configuration', /Unrecognized key: "secret"/],
  ['an unknown frequency', { ...valid, frequency: 'yearly' }, 'frequency', /one of .*daily/],
  [
    'an unknown kind',
    { ...valid, destination: { ...valid.destination, kind: 'ftp' } },
    'destination.kind',
    /Expected 's3'/,
  ],
  ['a bad prefix', { ...valid, destination: { ...valid.destination, prefix: 'x' } }, 'destination.prefix', /end with/],
  [
    'a secret of another type',
    {
      ...valid,
      destination: {
        ...valid.destination,
        credentials: { ...valid.destination.credentials, secretAccessKey: [secretAccessKey] },
      },
    },
    'destination.credentials.secretAccessKey',
    /string/,
  ],
  [
    'a start in the future',
    { ...valid, mode: 'FROM_CUSTOM_DATE', startDate: '2199-01-01' },
    'startDate',
    /^2199-01-01 is in the future/,
  ],
])('%s is a fault at its path', (_, config, path, message) => {
  expect(issuesOf(config)[path]).toMatch(message);
});

test('all faults are told at once, those of the time and of blank secrets too', () => {
  const credentials = { ...valid.destination.credentials, secretAccessKey: '' };
  const destination = { ...valid.destination, bucket: 'X', credentials };
  const config = { name: '', mode: 'FROM_CUSTOM_DATE', startDate: '2199-01-01', destination };
  const issues = issuesOf(config, { required: 'enter it' });
  expect(Object.keys(issues).sort()).toEqual([
    'destination.bucket',
    'destination.credentials.secretAccessKey',
    'name',
    'startDate',
  ]);
  expect(issues['destination.credentials.secretAccessKey']).toBe('enter it');
});

test('instants become ISO text in UTC', () => {
  expect(parse(instantSchema, '2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
  expect(parse(instantSchema, '2026-01-31T01:00:00+01:00')).toBe('2026-01-31T00:00:00.000Z');
  expect(parse(instantSchema, new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  for (const wrong of ['31 Jan 2026', '', 5, new Date(Number.NaN)]) {
    expect(() => parse(instantSchema, wrong)).toThrow('use a Date, or ISO text');
  }
});

test('the address of a webhook is a secret too: required, sealed, never the same for another integration', () => {
  const hook = (url: string) => ({ ...valid, recipients: [{ kind: 'webhook' as const, name: 'chat', url }] });
  expect(() => parseWithConfig({}, { config: hook('') }, { required: 'enter it' })).toThrow(
    /recipients\.chat\.url: enter it/,
  );
  const { config } = parseWithConfig({}, { config: hook('https://chat.example/T0/secret') }, {});
  const sealer = createSealer('ab'.repeat(32));
  const sealed = sealSecrets(config, sealer, { projectId: 'p', integrationId: 'i' });
  expect(JSON.stringify(sealed)).not.toContain('chat.example');
  expect(integrationConfigSchema.parse(sealed)).toEqual(sealed);
});

test('sealing leaves no plain secret, keeps a blank one, and yields what workflows accept', () => {
  const sealer = createSealer('ab'.repeat(32));
  const ids = { projectId: 'p', integrationId: 'i' };
  const { config } = parseWithConfig({}, { config: valid }, {});
  const sealed = sealSecrets(config, sealer, ids);
  expect(JSON.stringify(sealed)).not.toContain(secretAccessKey);
  expect(integrationConfigSchema.parse(sealed)).toEqual(sealed);
  const sealedSecret = secretsOf(sealed).get('destination.credentials.secretAccessKey') ?? '';
  expect(sealer.open(sealedSecret, ids)).toBe(secretAccessKey);
  const blank = redact(config);
  expect(sealSecrets(blank, sealer, ids)).toEqual(blank);
  expect(config.destination).toMatchObject({ credentials: { secretAccessKey } });
});

test.each([
  ['missing', undefined, /ENCRYPTION_KEY is not set.*openssl rand -hex 32/],
  ['malformed', `${secretAccessKey}`, /64 hexadecimal/],
])('a %s encryption key is refused when the client is made, without being shown', (_, encryptionKey, message) => {
  const connection = Connection.lazy({});
  expect(() => createExportsClient({ connection, encryptionKey })).toThrow(message);
  expect(() => createExportsClient({ connection, encryptionKey })).toThrow(InvalidConfig);
  expect(() => createExportsClient({ connection, encryptionKey })).not.toThrow(secretAccessKey);
});
