import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './packages.ts';

/** A page for people. */
export interface Document {
  /** Relative to the top folder, with slashes: `docs/embedding.md`. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Every page in the repository: the README, `docs/`, and those of packages and examples. */
export function documents(): Document[] {
  const folders = ['docs', 'packages', 'examples'].map((name) => path.join(root, name));
  return [path.join(root, 'README.md'), ...folders.flatMap(markdownIn)].filter(existsSync).map((file) => ({
    name: path.relative(root, file).replaceAll(path.sep, '/'),
    file,
    text: readFileSync(file, 'utf8'),
  }));
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name === 'golden') return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}
