/**
 * What the answers of S3 servers mean. Codes are those of Amazon S3
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and what compatible servers say instead. The first rule that
 * fits decides; the rules of the network come before the statuses at the end.
 */
import { type FailureRule, serverOf } from './failure-rule.ts';

const rightsNeeded =
  's3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload on the prefix and s3:ListBucket on the bucket';

export const S3_RULES: readonly FailureRule[] = [
  {
    codes: ['SignatureDoesNotMatch'],
    type: 'DestinationDenied',
    message: 'The secret access key does not belong to the access key id',
    remedy: 'Enter the secret access key again, or create a new pair of keys.',
  },
  {
    codes: ['InvalidAccessKeyId', 'XAdminUserNotFound', 'InvalidClientTokenId', 'UnrecognizedClientException'],
    type: 'DestinationDenied',
    message: (place) => `The access key id does not exist at ${serverOf(place)}`,
    remedy: 'Check the access key id; it may have been deleted, or belong to another provider.',
  },
  {
    codes: ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'Redirect'],
    statuses: [301, 308],
    type: 'ConfigInvalid',
    message: ({ bucket, region }, { bucketRegion }) =>
      bucketRegion === undefined || bucketRegion === region
        ? `The bucket ${bucket} is not in region ${region}, or not at this endpoint`
        : `The bucket ${bucket} is in region ${bucketRegion}, not in ${region}`,
    remedy: (_, { bucketRegion }) =>
      bucketRegion === undefined ? "Set the bucket's own region and endpoint." : `Set the region to ${bucketRegion}.`,
  },
  {
    codes: ['TemporaryRedirect'],
    type: 'DestinationBusy',
    message: ({ bucket }) => `The bucket ${bucket} is new, and not yet known everywhere`,
    remedy: 'Nothing to do: it is known after some minutes.',
  },
  {
    codes: ['AccessDenied', 'Forbidden'],
    words: /kms:/,
    type: 'DestinationDenied',
    message: 'The credentials may not use the KMS key of the bucket or of this destination',
    remedy: 'Allow kms:GenerateDataKey and kms:Decrypt on the key for these credentials.',
  },
  {
    codes: [
      'KMS.NotFoundException',
      'KMS.DisabledException',
      'KMS.KMSInvalidStateException',
      'KMS.InvalidKeyUsageException',
      'KMS.KMSInvalidKeyUsageException',
    ],
    type: 'ConfigInvalid',
    message: 'The KMS key does not exist in this region, is disabled, or cannot encrypt',
    remedy:
      "Check the key id: an enabled symmetric key in the bucket's region. A key of another account needs its ARN.",
  },
  {
    codes: ['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'ENOSPC'],
    statuses: [507],
    type: 'DestinationBusy',
    message: (place) => `${serverOf(place)} has no space left, or the quota of the bucket is used up`,
    remedy: 'Free space at the storage server or raise the quota; the export then goes on by itself.',
  },
  {
    codes: ['RequestTimeTooSkewed', 'RequestExpired', 'InvalidSignatureTime'],
    type: 'DestinationBusy',
    message: (place) => `The clocks of the worker and of ${serverOf(place)} are too far apart`,
    remedy: "Set the worker's clock (NTP); the export then goes on by itself.",
  },
  {
    codes: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    type: 'DestinationBusy',
    message: 'The session of the assumed or own role has expired',
    remedy: "It is renewed at the next attempt. If this stays, check the source of the worker's own AWS credentials.",
  },
  {
    codes: ['InvalidToken', 'AccountProblem', 'AllAccessDisabled', 'NotSignedUp', 'InvalidSecurity', 'UserDisabled'],
    type: 'DestinationDenied',
    message: (place) => `${serverOf(place)} refuses the account or the session of these credentials`,
    remedy: "Check the state of the account and the worker's own credentials.",
  },
  {
    codes: ['CredentialsProviderError', 'TokenProviderError'],
    type: 'ConfigInvalid',
    message: 'The worker has no AWS credentials of its own',
    remedy:
      'Give the worker a role (instance profile, IRSA or environment), or use an access key for this destination.',
  },
  {
    codes: ['PreconditionFailed', 'ConditionalRequestConflict', 'OperationAborted'],
    statuses: [412],
    type: 'DestinationBusy',
    message: 'The object exists already: another attempt at the same part has written it, or is writing it',
    remedy: 'Nothing to do: it is removed and written again at the next attempt.',
  },
  {
    codes: ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder'],
    type: 'DestinationBusy',
    message: 'The upload was ended from outside, by another attempt or by a lifecycle rule of the bucket',
    remedy:
      'Nothing to do unless it happens again: then give unfinished uploads at least a day in the lifecycle rules.',
  },
  {
    codes: ['NoSuchBucket', 'NoSuchHostedBucket'],
    type: 'DestinationMissing',
    message: (place) => `The bucket ${place.bucket} does not exist at ${serverOf(place)}`,
    remedy: 'Create the bucket, or correct its name or the endpoint.',
  },
  {
    codes: ['NoSuchKey'],
    type: 'DestinationBusy',
    message: 'An object that was just written cannot be found',
    remedy: 'If this stays, look for lifecycle rules that delete at once, and for proxies before the storage.',
  },
  {
    codes: ['KeyTooLongError', 'KeyTooLong', 'XMinioInvalidObjectName', 'InvalidBucketName', 'InvalidURI'],
    statuses: [414],
    type: 'ConfigInvalid',
    message: 'The storage does not accept this bucket name, or object names of this length',
    remedy: 'Check the bucket name, and shorten the prefix or the folder template.',
  },
  {
    codes: ['EntityTooLarge', 'MaxMessageLengthExceeded'],
    statuses: [413],
    type: 'ConfigInvalid',
    message: (place) => `${serverOf(place)} refuses requests or objects of this size`,
    remedy: 'A proxy before the storage must let requests of at least 16 MiB pass.',
  },
  {
    codes: ['BadDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch', 'IncompleteBody', 'InvalidDigest'],
    type: 'DestinationBusy',
    message: 'Bytes were damaged or lost on the way to the storage',
    remedy: 'It is sent again. If this stays, look at proxies between worker and storage.',
  },
  {
    codes: [
      'SlowDown',
      'ServiceUnavailable',
      'TooManyRequests',
      'RequestLimitExceeded',
      'Busy',
      'BandwidthLimitExceeded',
    ],
    statuses: [429, 503],
    type: 'DestinationBusy',
    message: (place) => `${serverOf(place)} asks to slow down`,
    remedy: 'Nothing to do unless it stays: then lower the number of parallel parts and periods.',
  },
  {
    codes: ['Throttling', 'ThrottlingException', 'ThrottledException', 'RequestThrottled', 'KMS.ThrottlingException'],
    type: 'DestinationBusy',
    message: 'Amazon limits the rate of requests of this account',
    remedy: 'Nothing to do unless it stays: then ask for a higher quota of S3 or KMS requests.',
  },
  {
    codes: ['NotImplemented', 'MethodNotAllowed'],
    statuses: [405, 501],
    type: 'ConfigInvalid',
    message: (place) => `${serverOf(place)} lacks an operation that exports need`,
    remedy: 'Check that the endpoint is an S3 server that takes multipart uploads and may be written to.',
  },
  {
    codes: ['AccessDenied', 'AccessDeniedException', 'Forbidden', 'UnauthorizedAccess'],
    statuses: [401, 403],
    type: 'DestinationDenied',
    message: ({ bucket }) => `The credentials lack a right on the bucket ${bucket}`,
    remedy: `Grant ${rightsNeeded}.`,
  },
  {
    statuses: [404],
    type: 'DestinationMissing',
    message: (place) => `The bucket ${place.bucket} was not found at ${serverOf(place)}`,
    remedy: 'Check endpoint and bucket; where they are right, try the other setting of path style.',
  },
  {
    codes: ['InternalError', 'InternalFailure', 'XMinioServerNotInitialized'],
    statuses: [500, 502, 520, 521, 522, 523, 524],
    type: 'DestinationBusy',
    message: (place) => `${serverOf(place)} has a fault of its own`,
    remedy: 'Nothing to do unless it stays: then ask those who run the storage.',
  },
  {
    statuses: [302, 303, 307],
    type: 'ConfigInvalid',
    message: (place) => `${serverOf(place)} sends requests on to another address, which is not followed`,
    remedy: "Enter the storage's own address as endpoint.",
  },
  {
    statuses: [400],
    type: 'ConfigInvalid',
    message: (place) => `${serverOf(place)} does not understand the request`,
    remedy: 'Check that the endpoint is an S3 server, its region and its path style.',
  },
];
