/** How the worker proves itself to S3. Secrets are opened here and nowhere else, and live only inside the SDK's client. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { S3Destination } from '../../shared/config/object-stores.ts';
import { SealError } from '../../shared/sealed.ts';
import { ExportError } from '../export-error.ts';
import { toAssumeRoleError } from './assume-role-failures.ts';
import type { OpenOptions } from './open-options.ts';
import { workerRoleAllows } from './policy.ts';

/**
 * The external id that a role's trust policy must name: issued by us, the same for all integrations of a project, and never typed by
 * anybody, so that no project can have the worker assume a role that trusts it for another project.
 */
export function externalIdOf(projectId: string): string {
  return `event-exports-${projectId}`;
}

/** @throws ExportError ConfigInvalid when the secret cannot be opened or the operator does not allow the worker's role. */
export function s3Credentials(
  destination: S3Destination,
  context: OpenOptions,
): NonNullable<S3ClientConfig['credentials']> {
  const { credentials } = destination;
  switch (credentials.kind) {
    case 'static':
      return {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: openSecret(credentials.secretAccessKey, context),
      };
    case 'worker_role':
      assertWorkerRoleAllowed(destination, context.policy.workerRoleAllowed);
      return fromNodeProviderChain();
    case 'assume_role':
      return assumedRole(credentials.roleArn, destination.region, context);
  }
}

function openSecret(sealed: string, { sealer, projectId, integrationId }: OpenOptions): string {
  if (sealed === '') {
    throw new ExportError(
      'ConfigInvalid',
      'The destination has no secret access key',
      'Enter the secret access key and save.',
    );
  }
  try {
    return sealer.open(sealed, { projectId, integrationId });
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new ExportError('ConfigInvalid', 'The stored secret access key cannot be opened', error.message);
  }
}

function assertWorkerRoleAllowed(destination: S3Destination, allowed: readonly string[]): void {
  // Requests signed in the worker's name, with its session token, must not reach a host that somebody typed.
  if (destination.provider !== 'aws') {
    throw new ExportError(
      'ConfigInvalid',
      "The worker's own role can be used with Amazon S3 only",
      'Use an access key for S3 compatible storage.',
    );
  }
  if (!workerRoleAllows(allowed, destination)) {
    throw new ExportError(
      'ConfigInvalid',
      `The worker's own role may not be used for bucket ${destination.bucket} with this prefix`,
      'Use an access key or a role of your own, or ask the operator to add bucket and prefix to WORKER_ROLE_ALLOWED.',
    );
  }
}

function assumedRole(
  roleArn: string,
  region: string,
  { projectId, integrationId, policy }: OpenOptions,
): ReturnType<typeof fromTemporaryCredentials> {
  const externalId = externalIdOf(projectId);
  const assume = fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      ExternalId: externalId,
      // Stands in the bucket owner's CloudTrail; Amazon takes 64 characters.
      RoleSessionName: `event-exports-${integrationId}`.slice(0, 64),
      DurationSeconds: 3_600,
    },
    clientConfig: {
      // "auto" is a region of compatible servers, not of STS.
      region: region === 'auto' ? 'us-east-1' : region,
      ...(policy.stsEndpoint === undefined ? {} : { endpoint: policy.stsEndpoint }),
    },
  });
  return async (properties) => {
    try {
      return await assume(properties);
    } catch (error) {
      throw toAssumeRoleError(error, { roleArn, externalId });
    }
  };
}
