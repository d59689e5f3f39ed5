import { expect, test } from 'vitest';
import { readDownloadStorage } from '../../../shared/download-storage.ts';

const least = { LANGFUSE_S3_BATCH_EXPORT_ENABLED: 'true', LANGFUSE_S3_BATCH_EXPORT_BUCKET: 'bucket' };
const SECRET = 'nobody-may-see-this';

function problemOf(env: Record<string, string | undefined>): string {
  const result = readDownloadStorage(env);
  if ('storage' in result) throw new Error('it is fine');
  return result.problem;
}

test('bucket and switch are enough: region, life time and credentials have defaults', () => {
  expect(readDownloadStorage(least)).toEqual({
    storage: { bucket: 'bucket', prefix: '', region: 'us-east-1', forcePathStyle: false, expirationHours: 24 },
  });
});

test('every variable arrives', () => {
  const result = readDownloadStorage({
    ...least,
    LANGFUSE_S3_BATCH_EXPORT_PREFIX: 'downloads/',
    LANGFUSE_S3_BATCH_EXPORT_REGION: 'auto',
    LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: 'http://minio:9000',
    LANGFUSE_S3_BATCH_EXPORT_EXTERNAL_ENDPOINT: 'https://files.example.com',
    LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: 'id',
    LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: SECRET,
    LANGFUSE_S3_BATCH_EXPORT_FORCE_PATH_STYLE: 'true',
    LANGFUSE_S3_BATCH_EXPORT_SSE: 'aws:kms',
    LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID: 'key',
    BATCH_EXPORT_ROW_LIMIT: '1500000',
    BATCH_EXPORT_DOWNLOAD_LINK_EXPIRATION_HOURS: '48',
    PATH: '/bin',
  });
  expect(result).toEqual({
    storage: {
      bucket: 'bucket',
      prefix: 'downloads/',
      region: 'auto',
      endpoint: 'http://minio:9000',
      externalEndpoint: 'https://files.example.com',
      credentials: { accessKeyId: 'id', secretAccessKey: SECRET },
      forcePathStyle: true,
      encryption: { kind: 'aws:kms', keyId: 'key' },
      rowLimit: 1_500_000,
      expirationHours: 48,
    },
  });
});

test.each([
  [{}, 'LANGFUSE_S3_BATCH_EXPORT_ENABLED is not "true"'],
  [{ LANGFUSE_S3_BATCH_EXPORT_ENABLED: 'false' }, 'LANGFUSE_S3_BATCH_EXPORT_ENABLED is not "true"'],
  [{ LANGFUSE_S3_BATCH_EXPORT_PREFIX: 'odd' }, 'LANGFUSE_S3_BATCH_EXPORT_ENABLED is not "true"'],
  [{ LANGFUSE_S3_BATCH_EXPORT_ENABLED: 'yes please' }, 'LANGFUSE_S3_BATCH_EXPORT_ENABLED: must be true or false'],
  [{ ...least, LANGFUSE_S3_BATCH_EXPORT_BUCKET: '' }, 'LANGFUSE_S3_BATCH_EXPORT_BUCKET is not set'],
  [{ ...least, LANGFUSE_S3_BATCH_EXPORT_BUCKET: 'No Bucket' }, 'LANGFUSE_S3_BATCH_EXPORT_BUCKET: '],
  [{ ...least, LANGFUSE_S3_BATCH_EXPORT_PREFIX: 'downloads' }, 'LANGFUSE_S3_BATCH_EXPORT_PREFIX: '],
  [{ ...least, LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: 'id' }, 'LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY is not set'],
  [
    { ...least, LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: SECRET },
    'LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID is not set',
  ],
  [{ ...least, LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID: 'key' }, 'LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID needs'],
  [{ ...least, BATCH_EXPORT_ROW_LIMIT: '0' }, 'BATCH_EXPORT_ROW_LIMIT: must be a whole number'],
  [
    { ...least, LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: `https://user:${SECRET}@host` },
    'LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: must hold no user',
  ],
] as const)('%j: the problem names the variable, and no secret', (env, beginning) => {
  const problem = problemOf(env);
  expect(problem.startsWith(beginning)).toBe(true);
  expect(problem).not.toContain(SECRET);
});
