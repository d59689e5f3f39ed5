/** Writes that must not replace anything. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { factsOf } from './error-facts.ts';
import { request, requestWithFeatures } from './s3-request.ts';
import type { S3Features, S3Session } from './s3-session.ts';

/**
 * Runs `write` with the condition that the key does not exist; undefined when it does. For servers that know no conditions the key is
 * looked up first, which leaves a gap of milliseconds.
 */
export function writeIfAbsent<T>(
  session: S3Session,
  key: string,
  write: (features: S3Features, condition: { IfNoneMatch?: '*' }) => Promise<T>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const attempt = async (features: S3Features) => {
    if (!features.conditions && (await sizeOf(session, key)) !== undefined) return undefined;
    try {
      return await write(features, features.conditions ? { IfNoneMatch: '*' } : {});
    } catch (error) {
      if (factsOf(error).code === 'PreconditionFailed') return undefined;
      throw error;
    }
  };
  return requestWithFeatures(session, attempt, signal);
}

/** Bytes of the object; undefined when there is none. */
export function sizeOf(session: S3Session, key: string): Promise<number | undefined> {
  return request(session, async () => {
    try {
      const command = new HeadObjectCommand({ Bucket: session.destination.bucket, Key: key });
      return (await session.client.send(command)).ContentLength;
    } catch (error) {
      // The answer to HEAD has no body, so there is no better code; a missing bucket shows with the write that follows.
      if (factsOf(error).code === 'NotFound') return undefined;
      throw error;
    }
  });
}
