/** What is read of vitest's JSON report. */
export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

export function countTests(report: TestReport | undefined, exitCode: number): { passed: number; failed: number };
