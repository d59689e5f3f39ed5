import { ExportError } from '../export-error.ts';
import { toDestinationError } from './destination-failures.ts';
import { factsOf } from './error-facts.ts';

/** What STS answered when it was asked for a role, in our own words. */
export function toAssumeRoleError(error: unknown, role: { roleArn: string; externalId: string }): ExportError {
  const { code, status } = factsOf(error);
  switch (code) {
    case 'AccessDenied':
    case 'AccessDeniedException':
      return new ExportError(
        'DestinationDenied',
        `The worker may not assume the role ${role.roleArn}`,
        `Let the role's trust policy allow sts:AssumeRole to the worker's identity with the external id ${role.externalId}.`,
      );
    case 'ValidationError':
    case 'MalformedPolicyDocument':
    case 'RegionDisabledException':
      return new ExportError(
        'ConfigInvalid',
        `The role ${role.roleArn} cannot be assumed as it is (${code})`,
        'Check the ARN, and that its session may last one hour and the region is enabled in the account.',
      );
    case 'InvalidClientTokenId':
    case 'SignatureDoesNotMatch':
    case 'UnrecognizedClientException':
      return new ExportError(
        'ConfigInvalid',
        `Amazon refuses the worker's own AWS credentials, with which it would assume the role (${code})`,
        "The operator must renew the worker's own AWS credentials.",
      );
    default: {
      const failure = toDestinationError(error, { bucket: '', region: '', host: 'AWS STS' });
      return status === 403
        ? new ExportError('DestinationDenied', failure.message, 'Check the role and its trust policy.')
        : failure;
    }
  }
}
