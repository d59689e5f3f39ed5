import { expect, test } from 'vitest';
import { countTests } from '../../tools/summarize-tests.mjs';

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failed = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const notLoaded = { status: 'failed', assertionResults: [] };

test('tests are counted', () => {
  const report = { numPassedTests: 2, numFailedTests: 1, testResults: [passed, failed] };
  expect(countTests(report, 1)).toEqual({ passed: 2, failed: 1 });
});

test('a test file that cannot be loaded counts as a failure', () => {
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [passed, notLoaded] };
  expect(countTests(report, 1)).toEqual({ passed: 1, failed: 1 });
});

test('a run that fails outside of its tests is never counted as green', () => {
  expect(countTests({ numPassedTests: 1, numFailedTests: 0, testResults: [passed] }, 1)).toEqual({
    passed: 1,
    failed: 1,
  });
  expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 });
});
