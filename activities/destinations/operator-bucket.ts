/** The operator's own bucket: no sealed secrets, and no guard against private networks, which is meant for addresses that users type. */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { DownloadStorage } from '../../shared/download-storage.ts';
import type { ObjectStore } from './object-store.ts';
import type { NetworkPolicy } from './policy.ts';
import { storeOf } from './s3.ts';
import { connectS3, type S3Session } from './s3-session.ts';

const EVERYWHERE: NetworkPolicy = { allowPrivateNetworks: true, allowedHosts: [], allowHttp: true };

/** Nothing is sent before the first operation; `close()` it when done. */
export function openOperatorBucket(storage: DownloadStorage): ObjectStore {
  const { bucket, region, endpoint, forcePathStyle, prefix } = storage;
  const place = {
    bucket,
    region,
    endpoint,
    // Not wanted is not the same as refused: an endpoint without names for buckets needs it all the same.
    forcePathStyle: forcePathStyle || undefined,
    encryption: encryptionOf(storage),
  };
  const session = connectS3(place, EVERYWHERE, () => storage.credentials ?? fromNodeProviderChain());
  return storeOf(session, prefix);
}

function encryptionOf({ encryption }: DownloadStorage): S3Session['encryption'] {
  if (encryption === undefined) return {};
  if (encryption.kind === 'AES256') return { ServerSideEncryption: 'AES256' };
  const { kind, keyId } = encryption;
  return { ServerSideEncryption: kind, ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }) };
}
