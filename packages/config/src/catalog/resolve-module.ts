import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve } from 'import-meta-resolve';

/**
 * The file behind a module name or path, as `import` in the file `from` would find it, else as `require` would: that also
 * knows folders, paths without their ending, and packages for CommonJS only.
 */
export function resolveModule(specifier: string, from: string): string | undefined {
  for (const find of [resolveImport, resolveRequire]) {
    try {
      const found = find(specifier, from);
      if (statSync(found).isFile()) return found;
    } catch {
      // Not found this way.
    }
  }
  return undefined;
}

function resolveImport(specifier: string, from: string): string {
  return fileURLToPath(resolve(specifier, pathToFileURL(from).href));
}

function resolveRequire(specifier: string, from: string): string {
  return createRequire(from).resolve(specifier);
}
