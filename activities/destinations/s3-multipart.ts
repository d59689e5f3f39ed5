/** One multipart upload: begin, parts, complete or abort. */
import { createHash, hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ExportError } from '../export-error.ts';
import { alreadyExists } from './already-exists.ts';
import { factsOf } from './error-facts.ts';
import { sizeOf, writeIfAbsent } from './s3-conditions.ts';
import { headerInput, notS3, type ObjectHeaders } from './s3-put.ts';
import { request, requestWithFeatures } from './s3-request.ts';
import type { S3Session } from './s3-session.ts';

export interface Multipart {
  uploadId: string;
  /** @param number from 1, in any order */
  sendPart(number: number, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Makes the object, unless the key exists, and checks that the store has all `bytes`. */
  complete(bytes: number): Promise<void>;
  /** Never throws: it runs when another error is on its way. */
  abort(): Promise<void>;
}

interface SentPart {
  number: number;
  etag: string;
  sha256: Buffer;
}

export async function beginMultipart(session: S3Session, key: string, headers: ObjectHeaders): Promise<Multipart> {
  const { client, encryption } = session;
  const object = { Bucket: session.destination.bucket, Key: key };
  let checksums = true;
  // Without abort signal: an upload whose id we never learn could not be removed.
  const { UploadId: uploadId } = await requestWithFeatures(session, (features) => {
    checksums = features.checksums;
    return client.send(
      new CreateMultipartUploadCommand({
        ...object,
        ...headerInput(headers),
        ...encryption,
        ...(checksums ? { ChecksumAlgorithm: 'SHA256' } : {}),
      }),
    );
  });
  if (uploadId === undefined) throw notS3(session);
  const sent: SentPart[] = [];

  return {
    uploadId,
    async sendPart(number, bytes, signal) {
      const sha256 = hash('sha256', bytes, 'buffer');
      const command = new UploadPartCommand({
        ...object,
        UploadId: uploadId,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.length,
        ...(checksums ? { ChecksumSHA256: sha256.toString('base64') } : {}),
      });
      const send = () => client.send(command, { abortSignal: signal });
      const { ETag: etag } = await request(session, send, signal);
      if (etag === undefined) throw notS3(session);
      sent.push({ number, etag, sha256 });
    },

    async complete(bytes) {
      const parts = sent.toSorted((a, b) => a.number - b.number);
      const completed = await writeIfAbsent(session, key, (_, condition) =>
        client.send(
          new CompleteMultipartUploadCommand({
            ...object,
            UploadId: uploadId,
            MultipartUpload: {
              Parts: parts.map(({ number, etag, sha256 }) => ({
                PartNumber: number,
                ETag: etag,
                ...(checksums ? { ChecksumSHA256: sha256.toString('base64') } : {}),
              })),
            },
            ...condition,
          }),
        ),
      );
      if (completed === undefined) throw alreadyExists();
      const { ChecksumSHA256: stored } = completed;
      const isWhole =
        stored === undefined
          ? (await sizeOf(session, key)) === bytes
          : stored === compositeChecksum(parts.map(({ sha256 }) => sha256));
      if (isWhole) return;
      await client.send(new DeleteObjectCommand(object)).catch(() => undefined);
      throw new ExportError(
        'DestinationBusy',
        'The storage holds other bytes than were sent',
        'It is sent again. If this stays, the storage server or a proxy before it is at fault.',
      );
    },

    async abort() {
      await abortMultipart(session, key, uploadId).catch(() => undefined);
    },
  };
}

/** An unknown id is fine. Has its own short time limit, because it runs after cancellation too. */
export async function abortMultipart(session: S3Session, key: string, uploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({
    Bucket: session.destination.bucket,
    Key: key,
    UploadId: uploadId,
  });
  await request(session, async () => {
    try {
      await session.client.send(command, { abortSignal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (factsOf(error).code !== 'NoSuchUpload') throw error;
    }
  });
}

/** S3's checksum of a multipart object: that of its parts' digests, with their number. */
function compositeChecksum(digests: readonly Buffer[]): string {
  const whole = createHash('sha256');
  for (const digest of digests) whole.update(digest);
  return `${whole.digest('base64')}-${digests.length}`;
}
