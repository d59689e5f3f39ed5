/** The operator's bucket for the files of batch exports, by Langfuse's own variables. Pure: the environment is an argument. */
import { z } from 'zod';
import { bucket, endpoint, prefix, region } from './config/object-stores.ts';

/** Where files of batch exports go, and how long they live. Holds a secret: it must not be logged or leave the process. */
export interface DownloadStorage {
  bucket: string;
  /** '' or with "/" at its end. */
  prefix: string;
  region: string;
  /** Address for us; absent for Amazon S3. */
  endpoint?: string;
  /** Address in signed URLs, where it differs from `endpoint`. */
  externalEndpoint?: string;
  forcePathStyle: boolean;
  /** Absent: the process's own role, by the SDK's default chain. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  encryption?: { kind: 'AES256' } | { kind: 'aws:kms'; keyId?: string };
  /** Rows after which a file ends. */
  rowLimit?: number;
  /** Hours for which a file lives. */
  expirationHours: number;
}

const flag = z.stringbool({ error: 'must be true or false' });
const keyPart = (most: number) => z.string().min(1).max(most, `must have at most ${most} characters`);

function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
}

/** The variables, with default and meaning; a variable set to nothing counts as not set. */
export const DOWNLOAD_VARIABLES = {
  LANGFUSE_S3_BATCH_EXPORT_ENABLED: flag.prefault('false').describe('Files of batch exports can be made'),
  LANGFUSE_S3_BATCH_EXPORT_BUCKET: bucket.optional().describe('Bucket for files of batch exports'),
  LANGFUSE_S3_BATCH_EXPORT_PREFIX: prefix.describe('Begins the names of these files; ends with "/"'),
  LANGFUSE_S3_BATCH_EXPORT_REGION: region.default('us-east-1').describe("The bucket's region"),
  LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: endpoint.optional().describe('S3 compatible storage: its address'),
  LANGFUSE_S3_BATCH_EXPORT_EXTERNAL_ENDPOINT: endpoint
    .optional()
    .describe('Address of the storage in signed URLs, where browsers need another one'),
  LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: keyPart(256)
    .optional()
    .describe("Access key; without one the worker's own role is used"),
  LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: keyPart(4096).optional().describe('Its secret'),
  LANGFUSE_S3_BATCH_EXPORT_FORCE_PATH_STYLE: flag
    .prefault('false')
    .describe('The bucket stands in the path, not in the host'),
  LANGFUSE_S3_BATCH_EXPORT_SSE: z
    .enum(['AES256', 'aws:kms'], { error: 'must be AES256 or aws:kms' })
    .optional()
    .describe('Encryption by the storage'),
  LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID: keyPart(2048)
    .optional()
    .describe("Key for aws:kms; default: the account's own"),
  BATCH_EXPORT_ROW_LIMIT: whole(1, 1e12).optional().describe('Rows after which a file ends; default: no limit'),
  BATCH_EXPORT_DOWNLOAD_LINK_EXPIRATION_HOURS: whole(1, 24 * 365)
    .default(24)
    .describe('Hours after which a file is removed'),
} as const;

const variables = z.object(DOWNLOAD_VARIABLES);
export type DownloadVariables = z.output<typeof variables>;

const NOT_ENABLED = {
  problem:
    'LANGFUSE_S3_BATCH_EXPORT_ENABLED is not "true": set it, and LANGFUSE_S3_BATCH_EXPORT_BUCKET, to make files of batch exports.',
};

export type DownloadStorageResult = { storage: DownloadStorage } | { problem: string };

/**
 * Reads the storage from an environment (other variables in it are left alone).
 * @returns the storage, or what is wrong: it begins with the variable's name, says the remedy, and holds no value of a variable
 */
export function readDownloadStorage(env: Readonly<Record<string, string | undefined>>): DownloadStorageResult {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  if (set.LANGFUSE_S3_BATCH_EXPORT_ENABLED === undefined) return NOT_ENABLED;
  const parsed = variables.safeParse(set);
  if (parsed.success) return downloadStorageOf(parsed.data);
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return { problem: `${faults.join('; ')}. Correct it and start again.` };
}

/** The same of variables that have been read. */
export function downloadStorageOf(values: DownloadVariables): DownloadStorageResult {
  if (!values.LANGFUSE_S3_BATCH_EXPORT_ENABLED) {
    return NOT_ENABLED;
  }
  const { LANGFUSE_S3_BATCH_EXPORT_BUCKET: name } = values;
  if (name === undefined) {
    return {
      problem: 'LANGFUSE_S3_BATCH_EXPORT_BUCKET is not set: name the bucket in which files of batch exports are put.',
    };
  }
  const { LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: id, LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: secret } = values;
  if ((id === undefined) !== (secret === undefined)) {
    const missing = id === undefined ? 'ACCESS_KEY_ID' : 'SECRET_ACCESS_KEY';
    return {
      problem: `LANGFUSE_S3_BATCH_EXPORT_${missing} is not set: access key and secret go together; set both, or neither to use the worker's own role.`,
    };
  }
  const encryption = encryptionOf(values);
  if (encryption === 'no-kms') {
    return {
      problem:
        'LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID needs LANGFUSE_S3_BATCH_EXPORT_SSE to be "aws:kms": set it, or leave the key out.',
    };
  }
  const storage: DownloadStorage = {
    bucket: name,
    prefix: values.LANGFUSE_S3_BATCH_EXPORT_PREFIX,
    region: values.LANGFUSE_S3_BATCH_EXPORT_REGION,
    forcePathStyle: values.LANGFUSE_S3_BATCH_EXPORT_FORCE_PATH_STYLE,
    expirationHours: values.BATCH_EXPORT_DOWNLOAD_LINK_EXPIRATION_HOURS,
  };
  const address = values.LANGFUSE_S3_BATCH_EXPORT_ENDPOINT;
  const external = values.LANGFUSE_S3_BATCH_EXPORT_EXTERNAL_ENDPOINT;
  if (address !== undefined) storage.endpoint = address;
  if (external !== undefined) storage.externalEndpoint = external;
  if (id !== undefined && secret !== undefined) storage.credentials = { accessKeyId: id, secretAccessKey: secret };
  if (encryption !== undefined) storage.encryption = encryption;
  if (values.BATCH_EXPORT_ROW_LIMIT !== undefined) storage.rowLimit = values.BATCH_EXPORT_ROW_LIMIT;
  return { storage };
}

function encryptionOf(values: DownloadVariables): DownloadStorage['encryption'] | 'no-kms' {
  const { LANGFUSE_S3_BATCH_EXPORT_SSE: kind, LANGFUSE_S3_BATCH_EXPORT_SSE_KMS_KEY_ID: keyId } = values;
  if (kind === 'aws:kms') return keyId === undefined ? { kind } : { kind, keyId };
  if (keyId !== undefined) return 'no-kms';
  return kind === undefined ? undefined : { kind };
}
