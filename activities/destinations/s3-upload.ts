/** Streams one object of any size to S3. */
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExportError } from '../export-error.ts';
import { alreadyExists } from './already-exists.ts';
import type { UploadOptions } from './object-store.ts';
import { type BodyPart, readParts } from './part-reader.ts';
import { MAX_OBJECT_BYTES, MAX_PARTS, partSize, partsInFlight } from './part-size.ts';
import { beginMultipart, type Multipart } from './s3-multipart.ts';
import { putNewObject } from './s3-put.ts';
import type { S3Session } from './s3-session.ts';

/** Pauses before further aborts. */
const ABORT_AGAIN_MS = [200, 1_000];

/**
 * A body that fits into one part goes with one put, a longer one as a multipart upload with a few parts in flight. The key must not
 * exist: a zombie attempt must not replace an object that a manifest may name.
 * When the put of a small object is aborted in the very moment in which it arrives, the object may stay; the next attempt removes it.
 */
export async function uploadObject(
  session: S3Session,
  key: string,
  body: Readable,
  options: UploadOptions,
): Promise<{ bytes: number }> {
  addAbortSignal(options.signal, body);
  try {
    const parts = readParts(body, (number) => partSize(number, options.expectedBytes));
    const first = await parts.next();
    if (first.done) throw new Error('a body has at least one part');
    if (!first.value.last) {
      return await uploadParts(session, key, first.value, parts, options, (error) => body.destroy(error));
    }
    const { bytes } = first.value;
    const { contentType, contentDisposition, signal } = options;
    const put = { key, body: bytes, contentType, contentDisposition, signal };
    if (!(await putNewObject(session, put))) throw alreadyExists();
    return { bytes: bytes.length };
  } catch (error) {
    // The reason itself, rather than the AbortError that stream or request made of it.
    options.signal.throwIfAborted();
    throw error;
  }
}

async function uploadParts(
  session: S3Session,
  key: string,
  first: BodyPart,
  rest: AsyncIterable<BodyPart>,
  options: UploadOptions,
  stopReading: (error: Error) => void,
): Promise<{ bytes: number }> {
  const upload = await beginMultipart(session, key, options);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const inFlight = new Set<Promise<void>>();
  let bytes = 0;

  const start = async (part: BodyPart) => {
    bytes += part.bytes.length;
    assertWithinLimits(part.number, bytes);
    while (inFlight.size >= partsInFlight(part.bytes.length)) await Promise.race(inFlight);
    const sending = upload.sendPart(part.number, part.bytes, signal).then(() => {
      part.release();
      inFlight.delete(sending);
    });
    // The source may be slow: do not wait for its next bytes to see the failure.
    sending.catch(stopReading);
    inFlight.add(sending);
  };

  try {
    options.onUploadStarted(upload.uploadId);
    await start(first);
    for await (const part of rest) await start(part);
    await Promise.all(inFlight);
    await complete(upload, bytes, options.signal);
    return { bytes };
  } catch (error) {
    const cut = inFlight.size > 0;
    stop.abort();
    // A part that arrives after the abort would stay, invisible and paid for.
    await Promise.allSettled(inFlight);
    await upload.abort();
    if (cut) await abortAgain(upload);
    throw error;
  }
}

/**
 * The server may have had the whole of a part that was cut off, and store it after the abort, which brings the upload back. Amazon's advice
 * is to abort more than once (API reference of AbortMultipartUpload); seen with versitygw in one of 60 broken uploads.
 */
async function abortAgain(upload: Multipart): Promise<void> {
  for (const pause of ABORT_AGAIN_MS) {
    await sleep(pause);
    await upload.abort();
  }
}

/** Once begun, completing is not cut short: nobody could tell whether the object exists. */
async function complete(upload: Multipart, bytes: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await upload.complete(bytes);
}

function assertWithinLimits(parts: number, bytes: number): void {
  if (parts <= MAX_PARTS && bytes <= MAX_OBJECT_BYTES) return;
  throw new ExportError(
    'SourceTooLarge',
    `The object would become larger than S3 allows (${MAX_OBJECT_BYTES / 2 ** 40} TiB, ${MAX_PARTS} parts)`,
    'Export a shorter range, or lower the target size of a part.',
  );
}
