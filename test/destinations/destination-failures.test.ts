import { describe, expect, it } from 'vitest';
import { toDestinationError } from '../../activities/destinations/destination-failures.ts';
import { factsOf } from '../../activities/destinations/error-facts.ts';
import type { FailurePlace } from '../../activities/destinations/failure-rule.ts';
import { ExportError } from '../../activities/export-error.ts';
import { BLOCKING_FAILURES, type FailureType } from '../../shared/failures.ts';

const place: FailurePlace = { bucket: 'my-bucket', region: 'us-east-1', host: 's3.example.com' };

function serverError(status: number, name: string, message = '', headers: Record<string, string> = {}): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status, requestId: 'REQ-1' },
    $response: { statusCode: status, headers },
  });
}

function nodeError(code: string, name = 'Error'): Error {
  return Object.assign(new Error('10.1.2.3:443'), { code, name });
}

const table: Array<[Error, FailureType, RegExp]> = [
  [serverError(403, 'SignatureDoesNotMatch'), 'DestinationDenied', /secret access key again/],
  [serverError(403, 'InvalidAccessKeyId'), 'DestinationDenied', /access key id/],
  [serverError(404, 'XAdminUserNotFound'), 'DestinationDenied', /access key id/],
  [serverError(403, 'AccessDenied'), 'DestinationDenied', /s3:PutObject/],
  [
    serverError(403, 'AccessDenied', 'not authorized to perform: kms:GenerateDataKey on x'),
    'DestinationDenied',
    /kms:Decrypt/,
  ],
  [serverError(403, '403'), 'DestinationDenied', /s3:PutObject/],
  [serverError(404, 'NoSuchBucket'), 'DestinationMissing', /Create the bucket/],
  [serverError(404, 'Unknown'), 'DestinationMissing', /endpoint/],
  [serverError(400, 'KMS.NotFoundException'), 'ConfigInvalid', /key id/],
  [serverError(400, 'KMS.ThrottlingException'), 'DestinationBusy', /quota/],
  [serverError(403, 'RequestTimeTooSkewed'), 'DestinationBusy', /clock/],
  [serverError(400, 'ExpiredToken'), 'DestinationBusy', /renewed/],
  [serverError(507, 'InsufficientStorage'), 'DestinationBusy', /Free space/],
  [serverError(403, 'QuotaExceeded'), 'DestinationBusy', /Free space/],
  [serverError(507, 'XMinioStorageFull'), 'DestinationBusy', /Free space/],
  [serverError(412, 'PreconditionFailed'), 'DestinationBusy', /next attempt/],
  [serverError(409, 'ConditionalRequestConflict'), 'DestinationBusy', /next attempt/],
  [serverError(404, 'NoSuchUpload'), 'DestinationBusy', /lifecycle/],
  [serverError(503, 'SlowDown'), 'DestinationBusy', /parallel/],
  [serverError(429, 'Unknown'), 'DestinationBusy', /parallel/],
  [serverError(500, 'InternalError'), 'DestinationBusy', /run the storage/],
  [serverError(502, 'SyntaxError'), 'DestinationBusy', /run the storage/],
  [serverError(400, 'RequestTimeout'), 'DestinationBusy', /reach the endpoint/],
  [serverError(413, 'Unknown'), 'ConfigInvalid', /proxy/],
  [serverError(400, 'KeyTooLongError'), 'ConfigInvalid', /prefix/],
  [serverError(307, 'TemporaryRedirect'), 'DestinationBusy', /minutes/],
  [serverError(501, 'NotImplemented'), 'ConfigInvalid', /multipart/],
  [nodeError('ECONNREFUSED', 'AggregateError'), 'DestinationBusy', /host and port/],
  [nodeError('ENOTFOUND'), 'DestinationBusy', /spelling/],
  [nodeError('EAI_AGAIN'), 'DestinationBusy', /name server/],
  [nodeError('ECONNRESET', 'TimeoutError'), 'DestinationBusy', /proxies/],
  [nodeError('', 'TimeoutError'), 'DestinationBusy', /firewall/],
  [nodeError('CERT_HAS_EXPIRED'), 'ConfigInvalid', /NODE_EXTRA_CA_CERTS/],
  [nodeError('ERR_TLS_CERT_ALTNAME_INVALID'), 'ConfigInvalid', /certificate/],
  [nodeError('EPROTO'), 'ConfigInvalid', /protocol/],
  [nodeError('', 'CredentialsProviderError'), 'ConfigInvalid', /role/],
  [new Error('never seen'), 'Unexpected', /tried again/],
];

describe('errors of a destination', () => {
  it.each(table)('have a type and a remedy: %o', (error, type, remedy) => {
    const failure = toDestinationError(error, place);
    expect(failure.type).toBe(type);
    expect(failure.remedy).toMatch(remedy);
    expect(failure.message).not.toContain('undefined');
    expect(`${failure.message} ${failure.remedy}`).not.toContain('10.1.2.3');
  });

  it('that may pass by themselves never block an integration', () => {
    for (const code of ['ENOTFOUND', 'ETIMEDOUT', 'ECONNREFUSED', 'ECONNRESET']) {
      expect(BLOCKING_FAILURES).not.toContain(toDestinationError(nodeError(code), place).type);
    }
  });

  it('that have been translated stay as they are', () => {
    const error = new ExportError('SourceOverloaded', 'a', 'b');
    expect(toDestinationError(error, place)).toBe(error);
  });

  it.each([
    ['5', 5_000],
    ['99999', 3_600_000],
    ['-5', undefined],
    ['soon', undefined],
    ['0', undefined],
    ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ])('carry Retry-After %j as %j ms', (header, ms) => {
    const error = serverError(503, 'SlowDown', '', { 'retry-after': header });
    expect(toDestinationError(error, place).retryAfterMs).toBe(ms);
  });

  it('can be anything', () => {
    for (const thing of [
      undefined,
      null,
      'text',
      5,
      [],
      {},
      { $metadata: 'x', $response: { headers: 7 } },
      new Map(),
    ]) {
      expect(factsOf(thing)).toMatchObject({ code: 'Unknown', status: undefined });
      expect(toDestinationError(thing, place).type).toBe('Unexpected');
    }
  });
});
