import { expect, test } from 'vitest';
import { countTests, summaryLine } from './test-summary.ts';

function report(...files: [status: string, ...tests: string[]][]): string {
  return JSON.stringify({
    testResults: files.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map((testStatus) => ({ status: testStatus })),
    })),
  });
}

test('counts the tests of all files', () => {
  const text = report(['passed', 'passed', 'passed', 'pending'], ['failed', 'passed', 'failed', 'todo']);
  expect(countTests(text)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a file that fails without a failing test counts as one failure', () => {
  expect(countTests(report(['failed'], ['failed', 'passed']))).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

test('no report means no tests', () => {
  expect(countTests(undefined)).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test('the closing line mentions skipped tests only when there are some', () => {
  expect(summaryLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(summaryLine({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});
