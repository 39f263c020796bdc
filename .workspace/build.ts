import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { filesBelow, isTestFile, type Package, publishedFiles, readPackages, root } from './packages.ts';
import { inParallel, run, tool } from './run.ts';

/** Files that have a say in every package's build. */
const SHARED_INPUTS = ['pnpm-lock.yaml', 'tsconfig.json', '.workspace/tsup.ts'];

const recordsDir = path.join(root, 'node_modules', '.cache', 'pointsman-build');

export async function main(): Promise<number> {
  return (await build()) ? 0 : 1;
}

/**
 * Builds every package whose sources, or those of a package it depends on, changed since its last build.
 * The packages may be built in any order: types of other packages come from their sources.
 * @param options.types false for what runs only: type declarations take most of the time, and only users need them
 */
export async function build({ types = true }: { readonly types?: boolean } = {}): Promise<boolean> {
  const packages = readPackages().filter(({ dir }) => existsSync(path.join(dir, 'tsup.config.ts')));
  const inputs = inputHashes(packages);
  const due = packages.filter((pkg) => !isUpToDate(pkg, inputs, types));
  if (due.length === 0) return true;

  console.error(`Building ${due.length} of ${packages.length} packages ...`);
  const built = await inParallel(due, availableParallelism(), async (pkg) => {
    const command = types ? tool('tsup') : [...tool('tsup'), '--no-dts'];
    const { code, output } = await run(command, { cwd: pkg.dir, output: 'capture' });
    if (code === 0) writeRecord(pkg, inputs);
    else console.error(`${output}Building ${pkg.path} failed.`);
    return code === 0;
  });
  return built.every(Boolean);
}

/** A hash per package over everything that its build reads. */
function inputHashes(packages: readonly Package[]): Map<string, string> {
  const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
  const shared = SHARED_INPUTS.map((file) => readFileSync(path.join(root, file)));
  const hashes = new Map<string, string>();

  const hashOf = (pkg: Package): string => {
    const known = hashes.get(pkg.name);
    if (known) return known;
    const hash = createHash('sha256');
    for (const content of shared) hash.update(content);
    const sources = filesBelow(path.join(pkg.dir, 'src')).filter((file) => !isTestFile(file));
    for (const file of [path.join(pkg.dir, 'package.json'), path.join(pkg.dir, 'tsup.config.ts'), ...sources]) {
      hash.update(`\0${path.relative(root, file)}\0`).update(readFileSync(file));
    }
    for (const dependency of Object.keys(pkg.manifest.dependencies ?? {})) {
      const other = byName.get(dependency);
      if (other) hash.update(hashOf(other));
    }
    const result = hash.digest('hex');
    hashes.set(pkg.name, result);
    return result;
  };

  for (const pkg of packages) hashOf(pkg);
  return hashes;
}

function isUpToDate(pkg: Package, inputs: Map<string, string>, types: boolean): boolean {
  const record = recordOf(pkg);
  if (!existsSync(record) || readFileSync(record, 'utf8') !== inputs.get(pkg.name)) return false;
  return publishedFiles(pkg.manifest)
    .filter((file) => types || !file.endsWith('.d.ts'))
    .every((file) => existsSync(path.join(pkg.dir, file)));
}

function writeRecord(pkg: Package, inputs: Map<string, string>): void {
  mkdirSync(recordsDir, { recursive: true });
  writeFileSync(recordOf(pkg), inputs.get(pkg.name) ?? '');
}

function recordOf(pkg: Package): string {
  return path.join(recordsDir, path.basename(pkg.path));
}
