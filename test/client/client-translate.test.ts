import {
  NamespaceNotFoundError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { ExportsError, Refused } from '../../client/errors.ts';
import { toExportsError, unanswered } from '../../client/translate.ts';

/** As gRPC's client makes them. */
function grpc(code: number, word: string, details: string): Error {
  return Object.assign(new Error(`${code} ${word}: ${details}`), { code, details, metadata: {} });
}

const wrapped = (code: number, word: string, details: string) =>
  new ServiceError('Failed', { cause: grpc(code, word, details) });
const refusal = ApplicationFailure.nonRetryable('the reason', 'Refused');
const withRemedy = ApplicationFailure.create({
  type: 'DestinationDenied',
  message: 'Denied. Give rights.',
  details: [{ type: 'DestinationDenied', message: 'Denied.', remedy: 'Give rights.' }],
});

test.each<[string, unknown, string, RegExp]>([
  ['a missing workflow', new WorkflowNotFoundError('no', 'w', 'r'), 'not_found', /^This does not exist/],
  ['a missing namespace', new NamespaceNotFoundError('n'), 'unavailable', /namespace "space"/],
  [
    'a missing namespace, raw',
    grpc(5, 'NOT_FOUND', 'Namespace space is not found.'),
    'unavailable',
    /namespace "space"/,
  ],
  ['a missing workflow, raw', grpc(5, 'NOT_FOUND', 'workflow not found'), 'not_found', /^This does not exist/],
  ['a refused update', new WorkflowUpdateFailedError('failed', refusal), 'refused', /^the reason$/],
  [
    'a refusal without a reason',
    new WorkflowUpdateFailedError('failed', undefined),
    'refused',
    /^This refused without a reason/,
  ],
  [
    'a failed workflow',
    new WorkflowFailedError(
      'failed',
      new ActivityFailure('a', 'n', 'i', 'NON_RETRYABLE_FAILURE', undefined, withRemedy),
      'NON_RETRYABLE_FAILURE',
    ),
    'refused',
    /^Denied\. Give rights\.$/,
  ],
  [
    'a cancelled workflow',
    new WorkflowFailedError('failed', new CancelledFailure('cancelled'), 'NON_RETRYABLE_FAILURE'),
    'refused',
    /cancelled/,
  ],
  [
    'missing rights',
    wrapped(7, 'PERMISSION_DENIED', 'Request unauthorized.'),
    'unavailable',
    /refuses this client \(Request unauthorized\.\)\. Check/,
  ],
  [
    'a busy server',
    wrapped(8, 'RESOURCE_EXHAUSTED', 'limit exceeded'),
    'unavailable',
    /busy \(limit exceeded\)\. Try again/,
  ],
  [
    'missing attributes',
    wrapped(3, 'INVALID_ARGUMENT', 'no mapping for search attribute X'),
    'unavailable',
    /search-attribute create --namespace space --name ExportStatus/,
  ],
  [
    'a lost connection',
    wrapped(14, 'UNAVAILABLE', 'No connection established'),
    'unavailable',
    /No connection established\)\. See whether its server/,
  ],
  ['an error of another kind', new Error('boom'), 'unavailable', /boom/],
  ['no error at all', 'text', 'unavailable', /could not be asked/],
])('%s becomes an error of ours', (_, error, code, message) => {
  const translated = toExportsError(error, 'This', 'space');
  expect(translated).toBeInstanceOf(ExportsError);
  expect(translated.code).toBe(code);
  expect(translated.message).toMatch(message);
  expect(translated).not.toHaveProperty('cause');
});

test('an error of ours stays as it is', () => {
  const error = new Refused('no');
  expect(toExportsError(error, 'This', 'space')).toBe(error);
});

test('a query that nobody answers is told from one that failed', () => {
  expect(unanswered(wrapped(9, 'FAILED_PRECONDITION', 'no poller seen'))).toBe('no poller seen');
  expect(unanswered(wrapped(14, 'UNAVAILABLE', 'gone'))).toBeUndefined();
});
