import { readFileSync } from 'node:fs';

/** The version of this package. */
export function packageVersion(): string {
  // `src/` and `dist/` stand side by side below the package's folder.
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
