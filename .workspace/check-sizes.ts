import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesBelow, isTestFile, readPackages } from './packages.ts';

const HARD_LIMIT = 400;

/** Source files, tests apart, that have more lines than a reader should face. */
export function checkSizes(top: string): string[] {
  return readPackages(top)
    .flatMap((pkg) => filesBelow(path.join(pkg.dir, 'src')))
    .filter((file) => file.endsWith('.ts') && !isTestFile(file))
    .map((file) => ({ file: path.relative(top, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > HARD_LIMIT)
    .map(({ file, lines }) => `${file}: ${lines} lines; the limit is ${HARD_LIMIT}. Give its concepts a file each.`);
}
