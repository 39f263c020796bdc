import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.ts';
import { run, tool } from './run.ts';
import { countTests, summaryLine } from './test-summary.ts';

/** Builds (some tests need the built packages), runs all tests or those that `args` name, and ends with the counts. */
export async function main(args: readonly string[]): Promise<number> {
  const built = await build({ types: false });
  const dir = mkdtempSync(path.join(tmpdir(), 'pointsman-test-'));
  const report = path.join(dir, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code } = await run([...tool('vitest'), 'run', ...reporters, ...args]);
    const counts = countTests(readReport(report));
    if (!built) {
      console.log('The build failed, see the top; it is counted as one failure.');
      counts.failed += 1;
    }
    if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) {
      const what = counts.passed === 0 ? 'No test ran' : 'Vitest failed outside of the tests';
      console.log(`${what}, see above; this is counted as one failure.`);
      counts.failed += 1;
    }
    console.log(summaryLine(counts));
    return counts.failed === 0 ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
