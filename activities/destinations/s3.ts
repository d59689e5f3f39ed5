/** Amazon S3 and what speaks its protocol. */
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import type { S3Destination } from '../../shared/config/object-stores.ts';
import { integrationFolder } from '../../shared/names.ts';
import { ExportError } from '../export-error.ts';
import { factsOf } from './error-facts.ts';
import type { ObjectStore } from './object-store.ts';
import type { OpenOptions } from './open-options.ts';
import { abortMultipart } from './s3-multipart.ts';
import { probeS3 } from './s3-probe.ts';
import { putNewObject, putObject } from './s3-put.ts';
import { request } from './s3-request.ts';
import { openS3Session, type S3Session } from './s3-session.ts';
import { uploadObject } from './s3-upload.ts';

/** Length limit of S3; the characters of our keys are one byte each, but a byte is what counts. */
const MAX_KEY_BYTES = 1024;

/** @throws ExportError ConfigInvalid when policy or secret forbid this destination. Nothing is sent before the first operation. */
export function openS3Store(destination: S3Destination, options: OpenOptions): ObjectStore {
  const session = openS3Session(destination, options);
  return storeOf(session, integrationFolder({ ...options, prefix: destination.prefix }));
}

/** @param testFolder where `test()` writes, with "/" at its end */
export function storeOf(session: S3Session, testFolder: string): ObjectStore {
  return {
    async upload(key, body, options) {
      // Without a listener, a source that fails before it is read would end the process.
      body.on('error', () => undefined);
      try {
        assertKey(key);
        options.signal.throwIfAborted();
        if (options.replaceLeftover) await removeOne(session, key);
        return await uploadObject(session, key, body, options);
      } finally {
        body.destroy();
      }
    },
    async put(key, body, contentType) {
      assertKey(key);
      await putObject(session, { key, body: Buffer.from(body), contentType });
    },
    async putIfAbsent(key, body, contentType) {
      assertKey(key);
      return putNewObject(session, { key, body: Buffer.from(body), contentType });
    },
    get: (key) => getObject(session, key),
    remove: (keys) => removeAll(session, keys),
    abortUpload: (key, uploadId) => abortMultipart(session, key, uploadId),
    test: () => probeS3(session, testFolder),
    close: () => session.client.destroy(),
  };
}

async function getObject(session: S3Session, key: string): Promise<Buffer | undefined> {
  return request(session, async () => {
    try {
      const { Body } = await session.client.send(
        new GetObjectCommand({ Bucket: session.destination.bucket, Key: key }),
      );
      return Body === undefined ? Buffer.alloc(0) : Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (factsOf(error).code === 'NoSuchKey') return undefined;
      throw error;
    }
  });
}

/** One request per object: not every compatible server has the request for many, and nothing waits for it. */
async function removeAll(session: S3Session, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  const worker = async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await removeOne(session, key);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function removeOne(session: S3Session, key: string): Promise<void> {
  await request(session, async () => {
    try {
      await session.client.send(new DeleteObjectCommand({ Bucket: session.destination.bucket, Key: key }));
    } catch (error) {
      if (factsOf(error).code !== 'NoSuchKey') throw error;
    }
  });
}

function assertKey(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new ExportError(
    'ConfigInvalid',
    `The object's name would be longer than the ${MAX_KEY_BYTES} bytes that S3 allows`,
    'Shorten the prefix or the folder template.',
  );
}
