import { hash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ExportError } from '../export-error.ts';
import { writeIfAbsent } from './s3-conditions.ts';
import { requestWithFeatures } from './s3-request.ts';
import type { S3Features, S3Session } from './s3-session.ts';

/** What the store says of an object to those who fetch it. */
export interface ObjectHeaders {
  contentType: string;
  contentDisposition?: string | undefined;
}

export interface PutRequest extends ObjectHeaders {
  key: string;
  body: Buffer;
  signal?: AbortSignal | undefined;
}

/** One object in one request, with its SHA-256; replaces what is there. */
export async function putObject(session: S3Session, put: PutRequest): Promise<void> {
  const command = putCommand(session, put);
  await requestWithFeatures(session, (features) => send(session, command(features), put.signal), put.signal);
}

/** As `putObject`, unless the key exists; true when put. */
export async function putNewObject(session: S3Session, put: PutRequest): Promise<boolean> {
  const command = putCommand(session, put);
  const written = await writeIfAbsent(
    session,
    put.key,
    (features, condition) => send(session, command(features, condition), put.signal),
    put.signal,
  );
  return written !== undefined;
}

/** A web server that says 200 to everything would otherwise swallow an export. */
export function notS3({ place }: S3Session): ExportError {
  return new ExportError(
    'ConfigInvalid',
    `${place.host ?? 'Amazon S3'} does not answer as an S3 server does`,
    'Check the endpoint: the address of the S3 interface, not of a console or web site.',
  );
}

/** The same for every way of writing an object. */
export function headerInput({ contentType, contentDisposition }: ObjectHeaders) {
  return {
    ContentType: contentType,
    ...(contentDisposition === undefined ? {} : { ContentDisposition: contentDisposition }),
  };
}

function putCommand(session: S3Session, { key, body, ...headers }: PutRequest) {
  const sha256 = hash('sha256', body, 'base64');
  return (features: S3Features, condition: { IfNoneMatch?: '*' } = {}) =>
    new PutObjectCommand({
      Bucket: session.destination.bucket,
      Key: key,
      Body: body,
      ContentLength: body.length,
      ...headerInput(headers),
      ...session.encryption,
      ...(features.checksums ? { ChecksumSHA256: sha256 } : {}),
      ...condition,
    });
}

async function send(session: S3Session, command: PutObjectCommand, signal: AbortSignal | undefined): Promise<true> {
  const { ETag } = await session.client.send(command, signal === undefined ? {} : { abortSignal: signal });
  if (ETag === undefined) throw notS3(session);
  return true;
}
