import { openObjectStore } from '../../activities/destinations/index.ts';
import type { ObjectStore } from '../../activities/destinations/object-store.ts';
import type { OpenOptions } from '../../activities/destinations/open-options.ts';
import type { DestinationPolicy } from '../../activities/destinations/policy.ts';
import { sealedSecret } from '../../shared/config/destination.ts';
import { type S3Destination, s3Schema } from '../../shared/config/object-stores.ts';
import { createSealer } from '../../shared/sealed.ts';
import { type Answer, fakeS3, type SeenRequest } from './fake-s3.ts';

export const ids = { projectId: 'p1', integrationId: 'i1' };
export const sealer = createSealer('0123456789abcdef'.repeat(4));

/** What the embedded stack allows. */
export const openPolicy: DestinationPolicy = {
  allowPrivateNetworks: true,
  allowedHosts: [],
  allowHttp: true,
  workerRoleAllowed: [],
};

export interface S3Place {
  endpoint: string;
  bucket: string;
  accessKeyId?: string;
  secretAccessKey?: string;
}

/** A destination as workflows carry it: parsed, with a sealed secret. */
export function s3Destination(
  { endpoint, bucket, accessKeyId = 'AKIATEST', secretAccessKey = 'a-secret-of-tests' }: S3Place,
  changes: Record<string, unknown> = {},
): S3Destination {
  return s3Schema(sealedSecret).parse({
    kind: 's3',
    provider: 's3_compatible',
    bucket,
    endpoint,
    prefix: 'exports/',
    credentials: { kind: 'static', accessKeyId, secretAccessKey: sealer.seal(secretAccessKey, ids) },
    ...changes,
  });
}

export function openStore(destination: S3Destination, changes: Partial<OpenOptions> = {}): ObjectStore {
  return openObjectStore(destination, { sealer, ...ids, policy: openPolicy, ...changes });
}

/** A store of a fake server that answers so. */
export async function storeThat(
  answers?: (request: SeenRequest) => Answer | undefined,
  changes: Record<string, unknown> = {},
) {
  const server = await fakeS3(answers);
  return { server, store: openStore(s3Destination({ endpoint: server.url, bucket: 'bucket' }, changes)) };
}
