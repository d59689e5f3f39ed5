import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeIssues,
  type IntegrationInput,
  idSchema,
  integrationConfigSchema,
  integrationInputSchema,
  startDateOf,
  timeProblem,
} from '../../shared/config/integration.ts';
import { COLUMN_GROUPS } from '../../shared/sources/catalog.ts';
import { NOW, SEALED } from './worlds.ts';

const STATIC = { kind: 'static', accessKeyId: 'AK', secretAccessKey: 'plain secret' } as const;
const AWS = { kind: 's3', provider: 'aws', bucket: 'my-bucket', credentials: STATIC } as const;
const COMPATIBLE = { ...AWS, provider: 's3_compatible', endpoint: 'https://s3.example.com' } as const;
const least: IntegrationInput = { name: 'Nightly', destination: AWS };

/** The faults of the least configuration with these changes, or undefined when there are none. */
function problem(changes: Record<string, unknown>): string | undefined {
  const { error } = integrationInputSchema.safeParse({ ...least, ...changes });
  return error && describeIssues(error);
}

const inDestination = (changes: Record<string, unknown>) => problem({ destination: { ...AWS, ...changes } });
const inCompatible = (changes: Record<string, unknown>) => problem({ destination: { ...COMPATIBLE, ...changes } });

describe('a configuration', () => {
  it('needs a name and a destination only; the rest has defaults', () => {
    expect(integrationInputSchema.parse(least)).toEqual({
      name: 'Nightly',
      enabled: true,
      sources: ['events'],
      lookBackDays: 7,
      columnGroups: [...COLUMN_GROUPS],
      filters: [],
      format: 'parquet',
      compression: 'none',
      csv: { bom: false, formulaGuard: false },
      frequency: 'daily',
      utcOffsetMinutes: 0,
      mode: 'FULL_HISTORY',
      layout: { kind: 'hive' },
      destination: { ...AWS, region: 'us-east-1', prefix: '', serverSideEncryption: { kind: 'none' } },
      recipients: [],
      settleMinutes: 20,
      tuning: {
        parallelPeriods: 8,
        parallelParts: 2,
        targetPartBytes: 134_217_728,
        targetPartRows: 500_000,
        activityAttempts: 8,
        holePauseSeconds: 60,
        sweepHours: [2, 72],
      },
    });
  });

  it('compresses text with gzip unless it is told otherwise, and Parquet never again', () => {
    for (const format of ['csv', 'json', 'jsonl'] as const) {
      expect(integrationInputSchema.parse({ ...least, format }).compression).toBe('gzip');
      expect(integrationInputSchema.parse({ ...least, format, compression: 'zstd' }).compression).toBe('zstd');
    }
    for (const compression of ['gzip', 'zstd']) expect(problem({ compression })).toMatch(/^compression: Parquet/);
    expect(problem({ compression: 'none' })).toBeUndefined();
  });

  it('stays the same when what it was completed to is read again', () => {
    const changes = [
      {},
      { format: 'csv', compression: 'none' },
      { mode: 'FROM_CUSTOM_DATE', startDate: '2026-01-31', layout: { kind: 'template', template: 'x/{date}' } },
      { destination: { ...COMPATIBLE, prefix: 'a/', forcePathStyle: true } },
    ];
    for (const change of changes) {
      const parsed = integrationInputSchema.parse({ ...least, ...change });
      expect(integrationInputSchema.parse(parsed)).toEqual(parsed);
    }
  });

  it.each([
    ['', {}],
    ['csv', { csv: {} }],
    ['tuning', { tuning: {} }],
    ['layout', { layout: { kind: 'hive' } }],
    ['layout', { layout: { kind: 'flat' } }],
    ['layout', { layout: { kind: 'template', template: '{source}' } }],
    ['recipients.0', { recipients: [{ kind: 'email', address: 'a@b.example' }] }],
    ['recipients.0', { recipients: [{ kind: 'webhook', name: 'chat', url: 'https://a.example/hook' }] }],
    ['destination', { destination: AWS }],
    ['destination', { destination: COMPATIBLE }],
    ['destination.credentials', { destination: AWS }],
    ['destination.credentials', { destination: { ...AWS, credentials: { kind: 'worker_role' } } }],
    [
      'destination.credentials',
      { destination: { ...AWS, credentials: { kind: 'assume_role', roleArn: 'arn:aws:iam::123456789012:role/x' } } },
    ],
    ['destination.serverSideEncryption', { destination: { ...AWS, serverSideEncryption: { kind: 'AES256' } } }],
    [
      'destination.serverSideEncryption',
      { destination: { ...AWS, serverSideEncryption: { kind: 'aws:kms', keyId: 'k' } } },
    ],
  ])('refuses an unknown field in %j and names the place', (path, changes) => {
    expect(problem(changes)).toBeUndefined();
    const value: Record<string, unknown> = structuredClone({ ...least, ...changes });
    let place: unknown = value;
    for (const step of path.split('.').filter((part) => part !== ''))
      place = typeof place === 'object' && place !== null ? Reflect.get(place, step) : undefined;
    if (typeof place !== 'object' || place === null) throw new Error(`nothing at ${path}`);
    Reflect.set(place, 'surprise', 1);
    expect(problem(value)).toBe(`${path === '' ? 'configuration' : path}: Unrecognized key: "surprise"`);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an empty name', { name: '  ' }, /^name: /],
    ['a long name', { name: 'x'.repeat(101) }, /^name: /],
    ['a name with control characters', { name: 'a\u0000b' }, /^name: no control characters$/],
    ['an unknown source', { sources: ['sessions'] }, /^sources\.0: .*"events"/],
    ['a source twice', { sources: ['events', 'events'] }, /^sources: each source once$/],
    ['no source', { sources: [] }, /^sources: /],
    ['no day to look back', { lookBackDays: 0 }, /^lookBackDays: /],
    [
      'a filter that one of the sources lacks',
      {
        sources: ['traces', 'scores'],
        filters: [{ column: 'userId', type: 'string', operator: '=', value: 'ada' }],
      },
      /^filters\.0\.column: the source scores has no userId; it has id, traceId, /,
    ],
    ['an unknown column group', { columnGroups: ['core', 'secrets'] }, /^columnGroups\.1: .*"core"/],
    ['no column group', { columnGroups: [] }, /^columnGroups: /],
    ['a column group twice', { columnGroups: ['core', 'core'] }, /^columnGroups: each column group once$/],
    ['an unknown format', { format: 'xlsx' }, /^format: .*"parquet"/],
    ['an unknown compression', { format: 'csv', compression: 'brotli' }, /^compression: /],
    ['an unknown frequency', { frequency: 'monthly' }, /^frequency: one of every_20_minutes, hourly, daily, weekly$/],
    ['seconds that do not divide a day', { frequency: 'every_7_seconds' }, /^frequency: one of/],
    ['a number as frequency', { frequency: 60 }, /^frequency: one of/],
    ['an offset beyond +14 h', { utcOffsetMinutes: 841 }, /^utcOffsetMinutes: /],
    ['an offset beyond −12 h', { utcOffsetMinutes: -721 }, /^utcOffsetMinutes: /],
    ['a broken offset', { utcOffsetMinutes: 0.5 }, /^utcOffsetMinutes: /],
    ['an unknown mode', { mode: 'TOMORROW' }, /^mode: /],
    ['a custom date without the date', { mode: 'FROM_CUSTOM_DATE' }, /^startDate: mode FROM_CUSTOM_DATE needs/],
    ['a date without the mode', { startDate: '2026-01-31' }, /^startDate: .*not with FULL_HISTORY$/],
    [
      'a day that does not exist',
      { mode: 'FROM_CUSTOM_DATE', startDate: '2026-02-30' },
      /^startDate: a date or an instant/,
    ],
    ['a date in words', { mode: 'FROM_CUSTOM_DATE', startDate: 'yesterday' }, /^startDate: a date or an instant/],
    [
      'an instant not in UTC',
      { mode: 'FROM_CUSTOM_DATE', startDate: '2026-01-31T10:00:00+02:00' },
      /^startDate: .*UTC/,
    ],
    ['an unknown layout', { layout: { kind: 'nested' } }, /^layout\.kind: .*hive/],
    ['an unknown variable', { layout: { kind: 'template', template: '{tenant}' } }, /^layout\.template: .*\{tenant\}/],
    ['a folder above', { layout: { kind: 'template', template: '../{date}' } }, /^layout\.template: .*"\.\."/],
    ['no template', { layout: { kind: 'template', template: '' } }, /^layout\.template: /],
    ['no address', { recipients: [{ kind: 'email', address: 'x' }] }, /^recipients\.0\.address: /],
    [
      'a plain http hook',
      { recipients: [{ kind: 'webhook', name: 'chat', url: 'http://a.example' }] },
      /^recipients\.0\.url: /,
    ],
    ['a fax', { recipients: [{ kind: 'fax' }] }, /^recipients\.0\.kind: /],
    [
      'too many recipients',
      { recipients: Array.from({ length: 51 }, () => ({ kind: 'email', address: 'a@b.example' })) },
      /^recipients: /,
    ],
    ['a negative settle time', { settleMinutes: -1 }, /^settleMinutes: /],
    ['a settle time of two days', { settleMinutes: 2_880 }, /^settleMinutes: /],
    ['one place for periods', { tuning: { parallelPeriods: 1 } }, /^tuning\.parallelPeriods: /],
    ['no parts', { tuning: { parallelParts: 0 } }, /^tuning\.parallelParts: /],
    ['tiny parts', { tuning: { targetPartBytes: 999 } }, /^tuning\.targetPartBytes: /],
    ['empty parts', { tuning: { targetPartRows: 0 } }, /^tuning\.targetPartRows: /],
    ['no attempt', { tuning: { activityAttempts: 0 } }, /^tuning\.activityAttempts: /],
    ['no pause', { tuning: { holePauseSeconds: 0 } }, /^tuning\.holePauseSeconds: /],
    ['a sweep after the keys are gone', { tuning: { sweepHours: [97] } }, /^tuning\.sweepHours\.0: /],
    ['a sweep twice', { tuning: { sweepHours: [2, 2] } }, /^tuning\.sweepHours: each hour once$/],
    ['no destination', { destination: undefined }, /^destination: /],
    ['text instead of an object', { csv: 'yes' }, /^csv: /],
    ['text instead of a flag', { enabled: 'yes' }, /^enabled: /],
  ])('refuses %s', (_, changes, message) => expect(problem(changes)).toMatch(message));

  it('names every fault, not only the first', () => {
    expect(problem({ name: '', frequency: 'x' })?.split('; ')).toHaveLength(2);
  });

  it('refuses what is no object at all without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { success, error } = integrationInputSchema.safeParse(value);
        expect(success).toBe(false);
        expect(error && describeIssues(error)).toBeTruthy();
      }),
    );
  });
});

describe('a destination', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another kind', { kind: 'ftp' }, /^destination\.kind: .*s3/],
    [
      'a prefix without "/" at its end',
      { prefix: 'exports' },
      /^destination\.prefix: prefix must end with "\/", for example "exports\/"$/,
    ],
    ['a prefix with "/" at its start', { prefix: '/exports/' }, /^destination\.prefix: must not begin/],
    ['an empty folder', { prefix: 'a//b/' }, /^destination\.prefix: /],
    ['a folder above', { prefix: 'a/../b/' }, /^destination\.prefix: /],
    ['a folder "."', { prefix: './a/' }, /^destination\.prefix: /],
    ['umlauts in a prefix', { prefix: 'täglich/' }, /^destination\.prefix: only letters/],
    ['a long prefix', { prefix: `${'x'.repeat(512)}/` }, /^destination\.prefix: /],
    ['capitals in a bucket', { bucket: 'MyBucket' }, /^destination\.bucket: 3 to 63/],
    ['a short bucket', { bucket: 'ab' }, /^destination\.bucket: /],
    ['an address as bucket', { bucket: '192.168.5.4' }, /^destination\.bucket: .*no IP address/],
    ['two dots in a bucket', { bucket: 'a..b' }, /^destination\.bucket: .*single dots/],
    ['a slash in a bucket', { bucket: 'a/b' }, /^destination\.bucket: /],
    ['a region with spaces', { region: 'us east' }, /^destination\.region: /],
    ['an endpoint of Amazon', { endpoint: 'https://s3.example.com' }, /^destination\.endpoint: Amazon S3/],
    ['path style of Amazon', { forcePathStyle: true }, /^destination\.endpoint: Amazon S3/],
    ['an unknown provider', { provider: 'ibm' }, /^destination\.provider: /],
    ['no access key', { credentials: { ...STATIC, accessKeyId: '' } }, /^destination\.credentials\.accessKeyId: /],
    [
      'no secret field',
      { credentials: { kind: 'static', accessKeyId: 'AK' } },
      /^destination\.credentials\.secretAccessKey: /,
    ],
    [
      'a name instead of a role',
      { credentials: { kind: 'assume_role', roleArn: 'admin' } },
      /^destination\.credentials\.roleArn: a role ARN/,
    ],
    [
      'an external id of their own',
      { credentials: { kind: 'assume_role', roleArn: 'arn:aws:iam::123456789012:role/x', externalId: '1' } },
      /"externalId"/,
    ],
    [
      'a key without its id',
      { serverSideEncryption: { kind: 'aws:kms' } },
      /^destination\.serverSideEncryption\.keyId: /,
    ],
  ])('refuses %s', (_, changes, message) => expect(inDestination(changes)).toMatch(message));

  it.each<[string, Record<string, unknown>]>([
    ['no endpoint', { endpoint: undefined }],
    ['no URL', { endpoint: 's3.example.com' }],
    ['another protocol', { endpoint: 'ftp://s3.example.com' }],
    ['a password', { endpoint: 'https://user:password@s3.example.com' }],
    ['a query', { endpoint: 'https://s3.example.com?x=1' }],
    ['a fragment', { endpoint: 'https://s3.example.com#x' }],
    ['spaces', { endpoint: 'https://s3.example.com/a b' }],
  ])('that speaks S3 is refused with %s', (_, changes) => {
    expect(inCompatible(changes)).toMatch(/^destination\.endpoint: /);
  });

  it.each(['', 'a/', 'team=x/exports_2026/', "it's(fine)!*/"])('may have the prefix %j', (prefix) => {
    expect(inDestination({ prefix })).toBeUndefined();
  });

  it.each(['http://127.0.0.1:9000', 'https://s3.example.com/', 'https://[::1]:9000'])(
    'may have the endpoint %s',
    (endpoint) => {
      expect(inCompatible({ endpoint })).toBeUndefined();
    },
  );
});

describe('secrets', () => {
  const sealed = (secretAccessKey: string) =>
    integrationConfigSchema.safeParse({
      ...least,
      destination: { ...AWS, credentials: { ...STATIC, secretAccessKey } },
    });

  it('in plain text never get into a workflow', () => {
    const { error } = sealed('plain secret');
    const message = error ? describeIssues(error) : '';
    expect(message).toMatch(/^destination\.credentials\.secretAccessKey: /);
    expect(message).not.toContain('plain secret');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(sealed(text).success).toBe(false);
      }),
    );
  });

  it('get in sealed, or empty to keep the stored one', () => {
    expect(sealed(SEALED).success).toBe(true);
    expect(sealed('').success).toBe(true);
  });
});

describe('the start date', () => {
  it('is midnight UTC for a bare date', () => {
    expect(startDateOf({ startDate: '2026-01-31' })).toBe(Date.UTC(2026, 0, 31));
    expect(startDateOf({ startDate: '2026-01-31T08:00:00Z' })).toBe(Date.UTC(2026, 0, 31, 8));
    expect(startDateOf({})).toBeUndefined();
  });

  it('must not lie in the future, not by a millisecond', () => {
    const startDate = new Date(NOW + 1).toISOString();
    expect(timeProblem({ startDate }, NOW)).toMatch(/^startDate: .* is in the future/);
    expect(timeProblem({ startDate }, NOW + 1)).toBeUndefined();
    expect(timeProblem({}, NOW)).toBeUndefined();
  });
});

describe('an id', () => {
  it.each(['a', 'A-1_z', 'x'.repeat(64)])('may be %s', (id) => expect(idSchema.safeParse(id).success).toBe(true));
  it.each(['', 'a/b', 'a.b', 'a b', 'ä', 'x'.repeat(65), 'a\n'])('may not be %j', (id) =>
    expect(idSchema.safeParse(id).success).toBe(false),
  );
});
