import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, isTestFile, readPackages, root } from './packages.ts';

const page = readFileSync(path.join(root, 'docs/metrics.md'), 'utf8');

/** A metric where it is made. */
const NAMED = /(?:\bname: |\b(?:gauge|histogram)\(\s*)'((?:pointsman|llm_d_epp|bbr)_[a-z0-9_]+)'/g;

/** Names of metrics as they stand in the sources. */
const inSources = new Set(
  readPackages()
    .flatMap(({ dir }) => filesBelow(path.join(dir, 'src')))
    .filter((file) => file.endsWith('.ts') && !isTestFile(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(NAMED)])
    .map((match) => match[1]!),
);

it('docs/metrics.md has every metric that there is, and no other', () => {
  const onPage = new Set([...page.matchAll(/`((?:pointsman|llm_d_epp|bbr)_[a-z0-9_]+)`/g)].map((match) => match[1]!));
  expect(inSources.size).toBeGreaterThan(10);
  expect([...onPage].sort()).toEqual([...inSources].sort());
});
