import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
 * @returns the path of the tarball
 */
export async function packPackage(name: string, into: string): Promise<string> {
  const before = new Set(readdirSync(into));
  const folder = path.join(ROOT, name);
  if (!existsSync(path.join(folder, 'dist'))) throw new Error(`${name} is not built: npm run build`);
  const pnpm = manifestOf(ROOT).packageManager!;
  await exec('npx', ['--yes', '--prefer-offline', pnpm, 'pack', '--pack-destination', into], { cwd: folder });
  const tarball = readdirSync(into).find((file) => file.endsWith('.tgz') && !before.has(file));
  return path.join(into, tarball!);
}

/** Installs tarballs and folders into a folder as copies of their own, without a network. */
export async function installPackages(packages: readonly string[], folder: string): Promise<void> {
  const flags = ['--offline', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await exec('npm', ['install', ...flags, ...packages], { cwd: folder });
}

/** The folders of everything that a package of the workspace needs from elsewhere, and of what these need. */
export function dependenciesOf(name: string, more: readonly string[] = []): readonly string[] {
  const found = new Set<string>();
  const follow = (names: readonly string[], folder: string) => {
    for (const each of names) {
      const dependency = realpathSync(path.join(folder, each));
      if (found.has(dependency)) continue;
      found.add(dependency);
      // Where pnpm puts it, its own dependencies lie beside it.
      const beside = each.startsWith('@') ? path.dirname(path.dirname(dependency)) : path.dirname(dependency);
      follow(Object.keys(manifestOf(dependency).dependencies ?? {}), beside);
    }
  };
  const folder = path.join(ROOT, name);
  follow([...Object.keys(manifestOf(folder).dependencies ?? {}), ...more], path.join(folder, 'node_modules'));
  return [...found];
}
