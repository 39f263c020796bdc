import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of this workspace, without a slash at the end. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export type DependencyField = 'dependencies' | 'devDependencies' | 'peerDependencies' | 'optionalDependencies';

/** What the tooling reads of a package.json. */
export type Manifest = Partial<Record<DependencyField, Record<string, string>>> & {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Record<string, string | Record<string, string>>;
  readonly bin?: string | Record<string, string>;
  readonly [field: string]: unknown;
};

export interface Package {
  readonly name: string;
  /** Relative to the top folder, with slashes: `packages/core`. */
  readonly path: string;
  readonly dir: string;
  readonly manifest: Manifest;
}

export function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
}

/** Every package and example of the workspace in `top`, by path. */
export function readPackages(top: string = root): Package[] {
  return ['packages', 'examples'].flatMap((group) => {
    const groupDir = path.join(top, group);
    if (!existsSync(groupDir)) return [];
    return readdirSync(groupDir)
      .sort()
      .map((folder) => ({ folder, dir: path.join(groupDir, folder) }))
      .filter(({ dir }) => existsSync(path.join(dir, 'package.json')))
      .map(({ folder, dir }) => {
        const manifest = readManifest(dir);
        return { name: manifest.name, path: `${group}/${folder}`, dir, manifest };
      });
  });
}

/** The built files that the `exports` and `bin` of a package.json promise. */
export function publishedFiles({ exports = {}, bin = {} }: Manifest): string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  );
  const commands = typeof bin === 'string' ? [bin] : Object.values(bin);
  return [...targets, ...commands].filter((file) => /^(\.\/)?dist\//.test(file));
}

/** All files below `dir`, as absolute paths in a fixed order; none when there is no such folder. */
export function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Tests and type tests: they may use development dependencies and are not published. */
export function isTestFile(file: string): boolean {
  return /\.test(-d)?\.ts$/.test(file);
}
