import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OpenOptions } from '../../activities/destinations/open-options.ts';
import { workerRoleAllows } from '../../activities/destinations/policy.ts';
import { externalIdOf } from '../../activities/destinations/s3-credentials.ts';
import { catchExportError, expectNoSecrets } from './export-errors.ts';
import { type Answer, fakeS3 } from './fake-s3.ts';
import { openPolicy, openStore, s3Destination } from './stores.ts';

afterEach(() => vi.unstubAllEnvs());

/** Whatever the machine has, the worker of these tests has this identity. */
function workerHasKeys(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAWORKER');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-secret-of-the-worker');
}

function workerHasNone(): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
}

describe('assume role', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/exports';
  const session: Answer = {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
      <AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>secret-of-the-session</SecretAccessKey>
      <SessionToken>token-of-the-session</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
      </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  };
  const refusal = (code: string, status = 403): Answer => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>
      <Message>User: arn:aws:iam::1:user/worker is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`,
  });

  async function storeWithRole(answer: Answer) {
    const sts = await fakeS3(() => answer);
    const s3 = await fakeS3();
    const credentials = { kind: 'assume_role', roleArn };
    const store = openStore(
      s3Destination({ endpoint: s3.url, bucket: 'bucket' }, { credentials, region: 'eu-west-1' }),
      {
        policy: { ...openPolicy, stsEndpoint: sts.url },
      },
    );
    return { sts, s3, store };
  }

  it("asks STS in the worker's name with our external id, and uses the session", async () => {
    workerHasKeys();
    const { sts, s3, store } = await storeWithRole(session);
    await store.put('a', 'x', 'text/plain');
    await store.put('b', 'x', 'text/plain');

    expect(sts.requests).toHaveLength(1);
    const form = new URLSearchParams(sts.requests[0]?.body.toString());
    expect(Object.fromEntries(form)).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: roleArn,
      ExternalId: 'event-exports-p1',
      RoleSessionName: 'event-exports-i1',
    });
    expect(sts.requests[0]?.headers.authorization).toMatch(/Credential=AKIAWORKER\/\d+\/eu-west-1\/sts/);
    for (const { headers } of s3.requests) {
      expect(headers.authorization).toContain('Credential=ASIASESSION/');
      expect(headers['x-amz-security-token']).toBe('token-of-the-session');
    }
  });

  it('names the external id in the remedy when the role does not trust us', async () => {
    workerHasKeys();
    const { store } = await storeWithRole(refusal('AccessDenied'));
    const error = await catchExportError(store.put('a', 'x', 'text/plain'));
    expect(error).toMatchObject({ type: 'DestinationDenied', remedy: expect.stringContaining('event-exports-p1') });
    expectNoSecrets(error, ['user/worker', 'the-secret-of-the-worker']);
  });

  it.each([
    ['ValidationError', 400, 'ConfigInvalid'],
    ['InvalidClientTokenId', 403, 'ConfigInvalid'],
    ['SomethingNew', 403, 'DestinationDenied'],
    ['Throttling', 400, 'DestinationBusy'],
  ])(
    'tells %s apart',
    async (code, status, type) => {
      workerHasKeys();
      const { store } = await storeWithRole(refusal(code, status));
      expect(await catchExportError(store.get('a'))).toMatchObject({ type });
    },
    20_000,
  );

  it('says so when the worker has no identity of its own', async () => {
    workerHasNone();
    const { store } = await storeWithRole(session);
    const error = await catchExportError(store.get('a'));
    expect(error).toMatchObject({ type: 'ConfigInvalid', message: expect.stringContaining('no AWS credentials') });
  });

  it('has the same external id for all integrations of a project', () => {
    expect(externalIdOf('p1')).toBe('event-exports-p1');
  });
});

describe("the worker's own role", () => {
  const credentials = { kind: 'worker_role' };
  const amazon = { provider: 'aws', endpoint: undefined, credentials };
  const open = (changes: Record<string, unknown>, workerRoleAllowed: string[], options: Partial<OpenOptions> = {}) =>
    catchExportError(
      (async () => {
        openStore(s3Destination({ endpoint: 'http://127.0.0.1:1', bucket: 'bucket' }, changes), {
          policy: { ...openPolicy, workerRoleAllowed },
          ...options,
        });
      })(),
    );

  it('is off unless the operator allows it', async () => {
    expect(await open(amazon, [])).toMatchObject({
      type: 'ConfigInvalid',
      remedy: expect.stringContaining('WORKER_ROLE_ALLOWED'),
    });
    expect(await open(amazon, ['other', 'bucket/elsewhere'])).toMatchObject({ type: 'ConfigInvalid' });
  });

  it('is never used with an endpoint that somebody typed', async () => {
    expect(await open({ credentials }, ['bucket'])).toMatchObject({ type: 'ConfigInvalid' });
  });

  it('may be used below the prefix that the operator allows', () => {
    openStore(s3Destination({ endpoint: 'http://127.0.0.1:1', bucket: 'bucket' }, amazon), {
      policy: { ...openPolicy, workerRoleAllowed: ['bucket/exports'] },
    }).close();
  });

  it.each([
    ['bucket', 'bucket', '', true],
    ['bucket/', 'bucket', 'any/', true],
    ['bucket/a', 'bucket', 'a/', true],
    ['bucket/a/', 'bucket', 'a/b/', true],
    ['bucket/a/b', 'bucket', 'a/', false],
    ['bucket/a', 'bucket', '', false],
    ['bucket/a', 'bucket', 'ab/', false],
    ['bucket', 'bucket-2', '', false],
    ['', 'bucket', '', false],
    ['/', 'bucket', '', false],
  ])('%j allows bucket %j with prefix %j: %j', (entry, bucket, prefix, allowed) => {
    expect(workerRoleAllows([entry], { bucket, prefix })).toBe(allowed);
  });
});

describe('a stored secret', () => {
  it.each([
    ['is missing', '', 'Enter the secret access key'],
    ['was sealed for another integration', undefined, 'belongs to another integration'],
  ])('that %s is a fault of the configuration', async (_, secretAccessKey, remedy) => {
    const destination = s3Destination({ endpoint: 'http://127.0.0.1:1', bucket: 'bucket' });
    if (secretAccessKey !== undefined) destination.credentials = { kind: 'static', accessKeyId: 'A', secretAccessKey };
    const error = await catchExportError(
      (async () => {
        openStore(destination, { integrationId: 'another' });
      })(),
    );
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining(remedy) });
  });
});
