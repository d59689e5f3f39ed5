import { type DownloadStorageResult, readDownloadStorage } from '../../shared/download-storage.ts';
import { DEMO_BUCKET } from './integration.ts';

interface LocalS3 {
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** The stack's own bucket as storage for downloads, in the variables of workers and of web apps. */
export function downloadVariables(s3: LocalS3, bucket = DEMO_BUCKET): Record<string, string> {
  return {
    LANGFUSE_S3_BATCH_EXPORT_ENABLED: 'true',
    LANGFUSE_S3_BATCH_EXPORT_BUCKET: bucket,
    LANGFUSE_S3_BATCH_EXPORT_PREFIX: 'downloads/',
    LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: s3.url,
    LANGFUSE_S3_BATCH_EXPORT_REGION: s3.region,
    LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: s3.accessKeyId,
    LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: s3.secretAccessKey,
    LANGFUSE_S3_BATCH_EXPORT_FORCE_PATH_STYLE: 'true',
  };
}

/** The same as the client takes it. */
export function downloadsOf(s3: LocalS3, bucket?: string): DownloadStorageResult {
  return readDownloadStorage(downloadVariables(s3, bucket));
}
