import { expect, test } from 'vitest';
import { createLogger } from '../../workers/logger.ts';

function lines(level: 'info' | 'debug' = 'info') {
  const written: string[] = [];
  const logger = createLogger(level, { write: (line) => written.push(line) });
  return { logger, written };
}

test('a line is one JSON object with level, time and message', () => {
  const { logger, written } = lines();
  logger.info('Stopping', { signal: 'SIGTERM' });
  logger.debug('not shown');
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    signal: 'SIGTERM',
    msg: 'Stopping',
  });
});

test('secrets are left out, at the top and inside', () => {
  const { logger, written } = lines();
  const credentials = { accessKeyId: 'visible', secretAccessKey: 'hidden-1' };
  logger.warn('x', {
    password: 'hidden-2',
    credentials,
    config: { credentials },
    apiKey: 'hidden-3',
    taskToken: 'noise',
  });
  expect(written[0]).toContain('visible');
  expect(written[0]).not.toMatch(/hidden|noise/);
});

test('errors are shown with type, message and stack; odd values do not break the line', () => {
  const { logger, written } = lines();
  const circular: Record<string, unknown> = { big: 1n };
  circular.self = circular;
  logger.error('failed', { error: new RangeError('too far'), circular });
  const line = JSON.parse(written[0] ?? '');
  expect(line.error).toMatchObject({ type: 'RangeError', message: 'too far' });
  expect(line.error.stack).toContain('logger.test.ts');
});
