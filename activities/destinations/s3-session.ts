/** What every S3 operation shares: client, bucket, encryption, what the server can do, and the translation of errors. */

import { isIP } from 'node:net';
import { S3Client, type S3ClientConfig, type ServerSideEncryption } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Destination } from '../../shared/config/object-stores.ts';
import { toDestinationError } from './destination-failures.ts';
import type { FailurePlace } from './failure-rule.ts';
import { type GuardedAgents, guardedAgents } from './guarded-agents.ts';
import { assertUrlAllowed, hostOf } from './network-guard.ts';
import type { OpenOptions } from './open-options.ts';
import type { NetworkPolicy } from './policy.ts';
import { s3Credentials } from './s3-credentials.ts';

/** Parts of the protocol that some compatible servers lack. */
export interface S3Features {
  /** `If-None-Match: *` on writes. */
  conditions: boolean;
  /** `x-amz-checksum-sha256`. The signature covers the bytes' SHA-256 all the same. */
  checksums: boolean;
}

/** Where a bucket is. */
export interface S3Place {
  bucket: string;
  region: string;
  /** Absent for Amazon S3. */
  endpoint?: string | undefined;
  /** Default: on for endpoints whose host is an IP address or "localhost". */
  forcePathStyle?: boolean | undefined;
  encryption: S3Session['encryption'];
}

export interface S3Session {
  client: S3Client;
  agents: GuardedAgents;
  destination: Pick<S3Place, 'bucket' | 'endpoint'>;
  policy: NetworkPolicy;
  place: FailurePlace;
  /** For every put and every start of a multipart upload. */
  encryption: { ServerSideEncryption?: ServerSideEncryption; SSEKMSKeyId?: string };
  /** Changed once the server has refused one of them. */
  features: S3Features;
}

/** @throws ExportError ConfigInvalid when policy or secret forbid this destination */
export function openS3Session(destination: S3Destination, options: OpenOptions): S3Session {
  const { bucket, region, endpoint, forcePathStyle } = destination;
  const encryption = encryptionOf(destination);
  return connectS3({ bucket, region, endpoint, forcePathStyle, encryption }, options.policy, () =>
    s3Credentials(destination, options),
  );
}

/**
 * @param credentialsOf asked once the policy has let the endpoint pass
 * @throws ExportError ConfigInvalid when the policy forbids the endpoint
 */
export function connectS3(
  connection: S3Place,
  policy: NetworkPolicy,
  credentialsOf: () => NonNullable<S3ClientConfig['credentials']>,
): S3Session {
  const { region, bucket, encryption } = connection;
  const endpoint = connection.endpoint === undefined ? undefined : new URL(connection.endpoint);
  const place: FailurePlace = { bucket, region, host: endpoint?.host };
  const agents = guardedAgents(policy);
  try {
    if (endpoint !== undefined) assertUrlAllowed(endpoint, policy);
    const client = new S3Client({
      region,
      credentials: credentialsOf(),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      forcePathStyle: connection.forcePathStyle ?? needsPathStyle(endpoint),
      requestHandler: new NodeHttpHandler({ ...agents, connectionTimeout: 10_000, socketTimeout: 120_000 }),
      maxAttempts: 3,
      // We give the checksums ourselves; by default the SDK adds CRC32, which older compatible servers refuse.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Proxies that do not know "100 Continue" would cost six seconds a part.
      expectContinueHeader: false,
    });
    signChecksum(client);
    const features = { conditions: true, checksums: true };
    return { client, agents, destination: connection, policy, place, encryption, features };
  } catch (error) {
    throw toDestinationError(error, place);
  }
}

/** Hands the signer the body's SHA-256 where we have given it already, which spares it a second pass over every byte. */
function signChecksum(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (hasHeaders(request)) {
        const checksum = request.headers['x-amz-checksum-sha256'];
        if (checksum) request.headers['x-amz-content-sha256'] = Buffer.from(checksum, 'base64').toString('hex');
      }
      return next(args);
    },
    { step: 'build', name: 'signChecksum' },
  );
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}

/** `bucket.127.0.0.1` is no name, and names below "localhost" resolve on few systems. */
function needsPathStyle(endpoint: URL | undefined): boolean {
  if (endpoint === undefined) return false;
  const host = hostOf(endpoint);
  return isIP(host) !== 0 || host === 'localhost';
}

function encryptionOf({ serverSideEncryption }: S3Destination): S3Session['encryption'] {
  switch (serverSideEncryption.kind) {
    case 'none':
      return {};
    case 'AES256':
      return { ServerSideEncryption: 'AES256' };
    case 'aws:kms':
      return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: serverSideEncryption.keyId };
  }
}
