/** What the operator of this installation allows destinations to do; people who configure integrations cannot change it. */
import type { S3Destination } from '../../shared/config/object-stores.ts';

export interface NetworkPolicy {
  /** True in the embedded stack only: addresses of private networks and of this machine may be reached. */
  allowPrivateNetworks: boolean;
  /** Hosts that may have private addresses: a name stands for itself and every name below it, an IP address for itself. */
  allowedHosts: readonly string[];
  /** Endpoints without TLS. */
  allowHttp: boolean;
}

export interface DestinationPolicy extends NetworkPolicy {
  /** `bucket` or `bucket/prefix`: where the worker's own role may be used as credential. Empty: nowhere. */
  workerRoleAllowed: readonly string[];
  /** Replaces Amazon's STS, for private clouds and tests. */
  stsEndpoint?: string;
}

/** Reads a comma-separated list (`WORKER_ROLE_ALLOWED`, allowed hosts). */
export function parsePolicyList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Whether the worker's own role may write to this destination. A prefix allows whole folders only: `logs` does not allow `logs-2/`. */
export function workerRoleAllows(
  allowed: readonly string[],
  { bucket, prefix }: Pick<S3Destination, 'bucket' | 'prefix'>,
) {
  return allowed.some((entry) => {
    const [allowedBucket = '', ...folders] = entry.split('/').filter((folder) => folder !== '');
    const folder = folders.map((name) => `${name}/`).join('');
    return allowedBucket === bucket && prefix.startsWith(folder);
  });
}
