import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { downloadName } from '../../shared/batch-export-memo.ts';
import { COMPRESSIONS, FORMATS } from '../../shared/config/integration.ts';
import type { DownloadStorage } from '../../shared/download-storage.ts';
import { Refused, Unavailable } from '../errors.ts';
import { aboutOf } from './about.ts';
import type { BatchExportContext } from './deleted.ts';
import { describe } from './describe.ts';
import { storageOf } from './storage.ts';
import type { BatchExportId, BatchExportSummary, DownloadLink } from './types.ts';

/** Seconds for which a link is good. */
const VALID_SECONDS = 600;

/** Makes `BatchExports.downloadUrl`; the signer is made at the first link, and kept for the credentials that it looked up. */
export function createDownloadUrl(context: BatchExportContext): (id: BatchExportId) => Promise<DownloadLink> {
  let client: S3Client | undefined;
  return async (id) => {
    const storage = storageOf(context);
    const { summary, hidden } = await describe(context, id);
    const now = Date.now();
    const left = secondsLeft(summary, hidden.key, now);
    client ??= signer(storage);
    const fileName = fileNameOf(summary);
    const command = new GetObjectCommand({
      Bucket: storage.bucket,
      Key: hidden.key,
      ResponseContentDisposition: disposition(fileName),
    });
    const expiresIn = Math.min(VALID_SECONDS, left);
    try {
      const url = await getSignedUrl(client, command, { expiresIn });
      return { url, validUntil: new Date(now + expiresIn * 1000).toISOString(), fileName };
    } catch {
      // Of the errors here only missing credentials are known; their texts name files and hosts.
      throw new Unavailable(
        'The link could not be signed: this process has no credentials for the bucket. Set LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID and LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY, or give it a role.',
      );
    }
  };
}

/** Of the file's life. @throws Refused when there is no file */
function secondsLeft(summary: BatchExportSummary, key: string, now: number): number {
  const { status, expiresAt } = summary;
  const left = Math.floor((Date.parse(expiresAt ?? '') - now) / 1000);
  if (status === 'COMPLETED' && key !== '' && left > 0) return left;
  throw new Refused(`${aboutOf(summary)} has no file to download: ${reasons(summary)}`);
}

function reasons({ status, expiresAt, failure }: BatchExportSummary): string {
  switch (status) {
    case 'QUEUED':
    case 'PROCESSING':
      return `it is ${status}. Try again when it is COMPLETED.`;
    case 'FAILED':
      return `it has FAILED${failure === undefined ? '' : ` (${failure.message})`}. Retry it.`;
    case 'CANCELLED':
      return 'it was CANCELLED. Retry it.';
    default:
      return `it has EXPIRED${expiresAt === undefined ? '' : ` (it was kept until ${expiresAt} at most)`}. Retry it.`;
  }
}

function signer({ region, endpoint, externalEndpoint, forcePathStyle, credentials }: DownloadStorage): S3Client {
  const address = externalEndpoint ?? endpoint;
  return new S3Client({
    region,
    forcePathStyle,
    ...(address === undefined ? {} : { endpoint: address }),
    ...(credentials === undefined ? {} : { credentials }),
    // Else every link would carry a checksum of nothing and ask for one that browsers do not check; some storages refuse them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

function fileNameOf({ name, format, compression }: BatchExportSummary): string {
  return downloadName({
    name,
    format: FORMATS.find((known) => known === format) ?? 'csv',
    compression: COMPRESSIONS.find((known) => known === compression) ?? 'none',
  });
}

/** RFC 6266: a name in ASCII for old browsers, the real one beside it. */
function disposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
