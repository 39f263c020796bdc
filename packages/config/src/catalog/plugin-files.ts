import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { init, parse } from 'es-module-lexer';
import { resolveModule } from './resolve-module.ts';

/** A module with the modules of its own package that it is made of. */
export interface PluginFiles {
  /** Absolute paths, the entry first. */
  readonly files: readonly string[];
  /** Changes when the text of any of them does. */
  readonly hash: string;
}

/** Imports that stay in the package: the others are not followed. */
const INSIDE = /^(\.{0,2}\/|#|file:)/;

const REQUIRE = /\brequire\(\s*(['"])([^'"]+)\1\s*\)/g;

/**
 * Follows the imports of a module inside of its own package: relative ones and those that begin with `#`, static or with
 * a literal text, also `require` calls. Other packages are not followed.
 */
export async function collectPluginFiles(entry: string): Promise<PluginFiles> {
  await init;
  const files: string[] = [];
  const hash = createHash('sha256');
  const waiting = [entry];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (files.includes(file)) continue;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    files.push(file);
    hash.update(file).update('\0').update(text).update('\0');
    for (const specifier of specifiersOf(text)) {
      const found = INSIDE.test(specifier) ? resolveModule(specifier, file) : undefined;
      if (found !== undefined) waiting.push(found);
    }
  }
  return { files, hash: hash.digest('hex').slice(0, 16) };
}

function specifiersOf(text: string): readonly string[] {
  const required = [...text.matchAll(REQUIRE)].map((match) => match[2]!);
  try {
    const [imports] = parse(text);
    return [...imports.flatMap(({ n }) => n ?? []), ...required];
  } catch {
    // Not JavaScript, such as JSON: it imports nothing. What is broken is said when it is imported.
    return required;
  }
}
