import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPackages, root } from './packages.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const names = readPackages().map(({ path: folder }) => folder);
const packages = names.filter((name) => name.startsWith('packages/')).map((name) => path.basename(name));

/** What stands first in the rows of a table. */
const rowsIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!).sort();

describe('the list of packages', () => {
  it('in README.md is complete', () => {
    expect(rowsIn(read('README.md'), /^\| `@pointsman\/([a-z-]+)` \|/gm)).toEqual(packages.sort());
  });

  it('in docs/CONTRIBUTING.md is complete', () => {
    const section = read('docs/CONTRIBUTING.md').split('## The packages')[1]!.split('```')[0]!;
    expect(rowsIn(section, /^\| `([a-z-]+)` \|/gm)).toEqual(packages.sort());
  });
});

describe('the examples', () => {
  const examples = names.filter((name) => name.startsWith('examples/'));

  it.each(['README.md', 'docs/README.md'])('are linked from %s', (page) => {
    const up = page.startsWith('docs/') ? '../' : '';
    expect(examples.filter((example) => !read(page).includes(`](${up}${example})`))).toEqual([]);
  });
});
