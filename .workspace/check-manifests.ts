import path from 'node:path';
import { type Manifest, type Package, readManifest, readPackages } from './packages.ts';

/** Where package.json files of the workspace differ from the pattern that all of them follow. */
export function checkManifests(top: string): string[] {
  const rootManifest = readManifest(top);
  const packages = readPackages(top);
  const published = packages.filter(({ manifest }) => !manifest.private);
  return [
    ...published.flatMap((pkg) => checkPublicFields(pkg, rootManifest)),
    ...packages.flatMap((pkg) => checkVersions(pkg, packages)),
    ...checkShared([{ path: '.', manifest: rootManifest }, ...packages]),
  ].sort();
}

function checkPublicFields({ path: packagePath, manifest }: Package, rootManifest: Manifest): string[] {
  const expected: Record<string, unknown> = {
    name: `@pointsman/${path.basename(packagePath)}`,
    license: rootManifest.license,
    type: 'module',
    engines: rootManifest.engines,
    publishConfig: { access: 'public' },
    scripts: { build: 'tsup' },
  };
  const problems = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) => `"${field}" should be ${JSON.stringify(value)}.`);
  if (manifest.files?.[0] !== 'dist') problems.push('"files" should begin with "dist".');
  if (!manifest.description) problems.push('"description" is missing.');
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    const conditions = typeof target === 'string' ? target : Object.keys(target).join();
    const ok = subpath === './package.json' || conditions === '@pointsman/source,types,default';
    if (!ok) problems.push(`exports "${subpath}" should have the conditions @pointsman/source, types, default.`);
  }
  return problems.map((problem) => `${packagePath}/package.json: ${problem}`);
}

/** Workspace packages are `workspace:`; others have an exact version or come from the catalog. Peers may give a range. */
function checkVersions({ path: packagePath, manifest }: Package, packages: readonly Package[]): string[] {
  const own = new Set(packages.map(({ name }) => name));
  return Object.entries(installed(manifest))
    .filter(([name, version]) =>
      own.has(name) ? !/^workspace:[\^*]$/.test(version) : !/^(catalog:|\d+\.\d+\.\d+(-\S+)?)$/.test(version),
    )
    .map(([name, version]) => {
      const wanted = own.has(name) ? 'workspace:^' : 'an exact version or catalog:';
      return `${packagePath}/package.json: ${name} is ${version}; it should be ${wanted}.`;
    });
}

/** A dependency of more than one package has its version in the catalog. */
function checkShared(packages: readonly Pick<Package, 'path' | 'manifest'>[]): string[] {
  const users = new Map<string, { packagePath: string; version: string }[]>();
  for (const { path: packagePath, manifest } of packages) {
    for (const [name, version] of Object.entries(installed(manifest))) {
      users.set(name, [...(users.get(name) ?? []), { packagePath, version }]);
    }
  }
  return [...users].flatMap(([name, uses]) =>
    uses
      .filter(({ version }) => uses.length > 1 && !/^(catalog|workspace):/.test(version))
      .map(
        ({ packagePath }) =>
          `${packagePath}/package.json: ${name} is used elsewhere too: put its version into the catalog.`,
      ),
  );
}

function installed({ dependencies, devDependencies, optionalDependencies }: Manifest): Record<string, string> {
  return { ...dependencies, ...devDependencies, ...optionalDependencies };
}
