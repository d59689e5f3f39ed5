// Prints the last line of .ci/run: `N passed, N failed`. Arguments: vitest's JSON report, vitest's exit code, and how
// many checks (lint, types) passed and failed before it.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @import { TestReport } from './summarize-tests.d.mts'
 */

/**
 * Counts tests; a test file that could not even be loaded, and a run that failed outside of any test, count as one
 * failure each.
 * @param {TestReport | undefined} report undefined: vitest ended before it could write one
 * @param {number} exitCode
 */
export function countTests(report, exitCode) {
  const brokenFiles =
    report?.testResults.filter((file) => file.status === 'failed' && !hasFailedTest(file)).length ?? 0;
  const failed = (report?.numFailedTests ?? 0) + brokenFiles;
  return { passed: report?.numPassedTests ?? 0, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

/** @param {TestReport['testResults'][number]} file */
function hasFailedTest(file) {
  return file.assertionResults.some((test) => test.status === 'failed');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = '', exitCode, passedChecks, failedChecks] = process.argv.slice(2);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const tests = countTests(text === '' ? undefined : JSON.parse(text), Number(exitCode));
  const failed = tests.failed + Number(failedChecks);
  console.log(`${tests.passed + Number(passedChecks)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
