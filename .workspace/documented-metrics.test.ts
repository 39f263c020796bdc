import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, isTestFile, readPackages, root } from './packages.ts';

const page = readFileSync(path.join(root, 'docs/metrics.md'), 'utf8');

/** Names of metrics as they stand in the sources. */
const inSources = new Set(
  readPackages()
    .flatMap(({ dir }) => filesBelow(path.join(dir, 'src')))
    .filter((file) => file.endsWith('.ts') && !isTestFile(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bname: '(pointsman_[a-z_]+)'/g)])
    .map((match) => match[1]!),
);

it('docs/metrics.md has every metric that there is, and no other', () => {
  const onPage = new Set([...page.matchAll(/`(pointsman_[a-z_]+)`/g)].map((match) => match[1]!));
  expect(inSources.size).toBeGreaterThan(10);
  expect([...onPage].sort()).toEqual([...inSources].sort());
});
