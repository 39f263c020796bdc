import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { findImports, packageNameOf, parse } from './imports.ts';
import { filesBelow, type Package, readPackages } from './packages.ts';
import { inParallel, run, tool } from './run.ts';

/** Judges every public package as its users will get it. The packages must be built. */
export async function checkPublished(): Promise<string[]> {
  const packages = readPackages().filter(({ manifest }) => !manifest.private);
  const dir = mkdtempSync(path.join(tmpdir(), 'pointsman-packed-'));
  try {
    const problems = await inParallel(packages, availableParallelism(), async (pkg) => [
      ...checkBuiltImports(pkg),
      ...(await checkTarball(pkg, dir)),
    ]);
    return problems.flat();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Built files, types among them, may import only what is installed along with the package. */
function checkBuiltImports(pkg: Package): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = pkg.manifest;
  const installed = { [pkg.name]: '', ...dependencies, ...peerDependencies, ...optionalDependencies };
  const missing = filesBelow(path.join(pkg.dir, 'dist'))
    .filter((file) => /\.(js|d\.ts)$/.test(file))
    .flatMap((file) => findImports(parse(file, readFileSync(file, 'utf8'))).map((found) => ({ file, ...found })))
    .filter(({ specifier }) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .filter(({ specifier }) => !(packageNameOf(specifier) in installed));
  return missing.map(
    ({ file, specifier }) =>
      `${pkg.path}: ${path.relative(pkg.dir, file)} imports '${specifier}', which its users would not have. ` +
      'Move it from devDependencies to dependencies.',
  );
}

/** What publint and attw say about the packed package. */
async function checkTarball(pkg: Package, dir: string): Promise<string[]> {
  const pack = ['npm', 'pack', '--ignore-scripts', '--pack-destination', dir];
  const packed = await run(pack, { cwd: pkg.dir, output: 'capture' });
  if (packed.code !== 0) return [`${pkg.path}: npm pack failed\n${packed.output}`];
  const tarball = path.join(dir, `${pkg.name.replace('@', '').replace('/', '-')}-${pkg.manifest.version}.tgz`);

  const problems: string[] = [];
  for (const command of [
    [...tool('publint'), '--strict', tarball],
    [...tool('attw', '@arethetypeswrong/cli'), '--profile', 'esm-only', '--no-definitely-typed', tarball],
  ]) {
    const { code, output } = await run(command, { output: 'capture', env: { NO_COLOR: '1' } });
    if (code !== 0) problems.push(`${pkg.path}: ${output}`);
  }
  return problems;
}
