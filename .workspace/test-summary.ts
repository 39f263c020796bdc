/** How a test run ended. Todo tests count as skipped. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of Vitest's JSON report that the counts need. */
interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Counts the tests of Vitest's JSON report. A file that fails before its first test counts as one failure. */
export function countTests(reportText: string | undefined): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  if (reportText === undefined) return counts;
  const report: Report = JSON.parse(reportText);
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map(({ status }) => status);
    for (const status of statuses) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && !statuses.includes('failed')) counts.failed += 1;
  }
  return counts;
}

/** The closing line, for people and for programs that read it. */
export function summaryLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
