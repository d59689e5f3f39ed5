import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, test } from 'vitest';
import { type FailureContext, sourceFailure } from '../../../activities/source/source-failures.ts';

const SECRET = "'a value of a row'";
const ofServer = (code: number, message = SECRET) =>
  new ClickHouseError({ code: String(code), message, type: 'SOME_ERROR' });
const inBody = (code: number, message = SECRET) =>
  new Error(`Code: ${code}. DB::Exception: ${message}: While executing X. (SOME_ERROR) (version 26.7.2.1)`);
const network = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:8123`), { code });

const cases: Array<[string, unknown, string, FailureContext?]> = [
  ['query memory', inBody(241, 'Query memory limit exceeded: would use 1 GiB'), 'SourceTooLarge'],
  [
    'query memory, older wording',
    ofServer(241, 'Memory limit (for query) exceeded: would use 1 GiB'),
    'SourceTooLarge',
  ],
  [
    'memory of the user',
    ofServer(241, 'User memory limit exceeded: OvercommitTracker decision: …'),
    'SourceOverloaded',
  ],
  ['memory of the server', inBody(241, 'Memory limit (total) exceeded: would use 30 GiB'), 'SourceOverloaded'],
  ['time limit', inBody(159), 'SourceTooLarge'],
  ['too slow', ofServer(160), 'SourceTooLarge'],
  ['too many queries', ofServer(202), 'SourceOverloaded'],
  ['socket timeout while we waited for rows', inBody(209), 'SourceTooLarge', { queryId: 'q', streaming: true }],
  [
    'socket timeout, our reader slow',
    inBody(209),
    'DestinationBusy',
    { queryId: 'q', streaming: true, readerWasSlow: true },
  ],
  ['connection cut, our reader slow', network('ECONNRESET'), 'DestinationBusy', { queryId: 'q', readerWasSlow: true }],
  ['connection cut', network('ECONNRESET'), 'SourceOverloaded'],
  [
    'memory, our reader slow',
    inBody(241, 'Query memory limit exceeded'),
    'SourceTooLarge',
    { queryId: 'q', readerWasSlow: true },
  ],
  ['server down', network('ECONNREFUSED'), 'SourceOverloaded'],
  ['name unknown', network('ENOTFOUND'), 'SourceOverloaded'],
  ['certificate', network('CERT_HAS_EXPIRED'), 'SourceDenied'],
  ['client timeout', new Error('Timeout error.'), 'SourceOverloaded'],
  ['killed', inBody(394), 'SourceOverloaded'],
  ['read only', ofServer(164), 'SourceDenied'],
  ['no right', ofServer(497), 'SourceDenied'],
  ['wrong password', ofServer(516), 'SourceDenied'],
  ['no table', ofServer(60), 'SourceDenied'],
  ['no database', ofServer(81), 'SourceDenied'],
  ['no column', ofServer(47), 'SourceDenied'],
  ['no column in the table', ofServer(16), 'SourceDenied'],
  ['unknown setting', ofServer(115), 'SourceDenied'],
  ['anything else', inBody(395), 'Unexpected'],
];

describe('ClickHouse errors', () => {
  test.each(cases)('%s', (_name, error, type, context = { queryId: 'query-7' }) => {
    const failure = sourceFailure(error, context);
    expect(failure.type).toBe(type);
    expect(failure.remedy).not.toBe('');
    expect(failure.message).toContain(context.queryId);
    expect(failure.cause).toBe(error);
    expect(`${failure.message} ${failure.remedy}`).not.toMatch(/a value of a row|10\.0\.0\.1|GiB/);
  });

  test('an error that is typed already stays as it is', () => {
    const failure = sourceFailure(inBody(60), { queryId: 'q' });
    expect(sourceFailure(failure, { queryId: 'other' })).toBe(failure);
  });
});
