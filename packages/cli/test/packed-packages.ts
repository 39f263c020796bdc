import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TemporaryFolder } from './temporary-folder.ts';

const exec = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

interface Manifest {
  readonly packageManager?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * Packs a built package of the workspace as it would be published, with the pnpm that installed the workspace: it
 * writes real versions in place of `workspace:` and `catalog:`.
 * @param name its folder, `packages/core`
 */
export async function packPackage(name: string, into: string): Promise<void> {
  const folder = path.join(ROOT, name);
  if (!existsSync(path.join(folder, 'dist'))) throw new Error(`${name} is not built: npm run build`);
  const pnpm = manifestOf(ROOT).packageManager!;
  await exec('npx', ['--yes', '--prefer-offline', pnpm, 'pack', '--pack-destination', into], { cwd: folder });
}

/** Installs tarballs from a folder, without a network: every package that they need has to be among them. */
export async function installTarballs(tarballs: string, into: string): Promise<void> {
  const files = readdirSync(tarballs).map((file) => path.join(tarballs, file));
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await exec('npm', ['install', ...flags, ...files], { cwd: into });
}

/** Packs everything that a package of the workspace needs from elsewhere, and what these need, as it is installed. */
export async function packDependencies(name: string, more: readonly string[], into: string): Promise<void> {
  const folder = path.join(ROOT, name);
  using copies = new TemporaryFolder();
  for (const dependency of dependenciesOf(folder, more)) {
    // pnpm links equal files to each other, and npm takes no links: a copy has none.
    const copy = path.basename(dependency);
    cpSync(dependency, path.join(copies.path, copy), { recursive: true });
    await exec('tar', ['-czf', path.join(into, `${copy}.tgz`), copy], { cwd: copies.path });
  }
}

function dependenciesOf(folder: string, more: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const follow = (names: readonly string[], modules: string) => {
    for (const name of names) {
      const dependency = realpathSync(path.join(modules, name));
      if (found.has(dependency)) continue;
      found.add(dependency);
      // Where pnpm puts it, its own dependencies lie beside it.
      const beside = name.startsWith('@') ? path.dirname(path.dirname(dependency)) : path.dirname(dependency);
      follow(Object.keys(manifestOf(dependency).dependencies ?? {}), beside);
    }
  };
  follow([...Object.keys(manifestOf(folder).dependencies ?? {}), ...more], path.join(folder, 'node_modules'));
  return found;
}
