import { ApplicationFailure, CancelledFailure, type Logger } from '@temporalio/common';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { ExportError } from '../../activities/export-error.ts';
import { toApplicationFailure } from '../../activities/failures.ts';
import { FAILURES, isFailureType } from '../../shared/failures.ts';
import { SealError } from '../../shared/sealed.ts';

function recorder(level: 'INFO' | 'DEBUG' = 'INFO'): { log: Logger; entries: LogEntry[]; text: () => string } {
  const entries: LogEntry[] = [];
  const log = new DefaultLogger(level, (entry) => entries.push(entry));
  return { log, entries, text: () => JSON.stringify(entries.map(({ message, meta }) => ({ message, meta }))) };
}

test.each(Object.keys(FAILURES).filter(isFailureType))('%s keeps its type, words and whether it is retried', (type) => {
  const failure = toApplicationFailure(new ExportError(type, 'What happened', 'What to do.'), recorder().log);
  expect(failure).toMatchObject({
    type,
    message: 'What happened. What to do.',
    nonRetryable: !FAILURES[type].retryable,
    details: [{ type, message: 'What happened', remedy: 'What to do.' }],
  });
});

test('a wait that the other side asked for becomes the pause before the next attempt', () => {
  const error = new ExportError('DestinationBusy', 'busy', 'wait', { retryAfterMs: 1_500 });
  expect(toApplicationFailure(error, recorder().log)).toMatchObject({ nextRetryDelay: 1_500 });
});

test('the cause of a failure, which may quote rows or signed URLs, does not leave the process', () => {
  const cause = new Error('row value 4711 at https://bucket?X-Amz-Signature=abc');
  const { log, text } = recorder();
  const failure = toApplicationFailure(new ExportError('Unexpected', 'a query failed', 'look', { cause }), log);
  expect(failure.cause).toBeUndefined();
  expect(JSON.stringify(failure) + failure.stack).not.toContain('4711');
  expect(text()).not.toContain('4711');
});

test('an error that nobody foresaw is Unexpected, retried, and known by an incident that the log explains', () => {
  const { log, text } = recorder();
  const failure = toApplicationFailure(new TypeError('cannot read "secret value"'), log);
  expect(failure).toMatchObject({ type: 'Unexpected', nonRetryable: false });
  expect(failure.message).toContain('TypeError');
  expect(failure.message + JSON.stringify(failure.details)).not.toContain('secret value');
  const [, incident = 'none'] = /incident ([0-9a-f]{8})/.exec(failure.message ?? '') ?? [];
  expect(text()).toContain(incident);
  expect(text()).toContain('failures.test.ts');
  expect(text()).not.toContain('secret value');
});

test('what was thrown need not be an error', () => {
  const { log } = recorder();
  for (const thrown of ['text', undefined, null, { code: 'X' }]) {
    expect(toApplicationFailure(thrown, log)).toMatchObject({ type: 'Unexpected' });
  }
});

test('the text of a foreign error is shown at level debug only, cut to a bearable length', () => {
  const { log, text } = recorder('DEBUG');
  toApplicationFailure(new Error(`begin ${'x'.repeat(5_000)}`), log);
  expect(text()).toContain('begin');
  expect(text().length).toBeLessThan(5_000);
});

test('a secret that cannot be opened is ConfigInvalid', () => {
  const failure = toApplicationFailure(new SealError('Enter the secret again.'), recorder().log);
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true, message: 'Enter the secret again.' });
});

test('cancellations and application failures pass as they are', () => {
  const cancelled = new CancelledFailure('stop');
  const failure = ApplicationFailure.nonRetryable('done', 'Whatever');
  expect(toApplicationFailure(cancelled, recorder().log)).toBe(cancelled);
  expect(toApplicationFailure(failure, recorder().log)).toBe(failure);
});
