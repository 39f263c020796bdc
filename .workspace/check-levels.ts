import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findAmbientTime } from './ambient-time.ts';
import { findImports, type Import, packageNameOf, parse } from './imports.ts';
import {
  type DependencyField,
  filesBelow,
  isTestFile,
  type Manifest,
  type Package,
  readManifest,
  readPackages,
  root,
} from './packages.ts';

/** Who may import whom: a package imports packages of lower levels only. A star stands for any rest of a name. */
const LEVELS = [
  ['packages/core', 'packages/inference-api'],
  ['packages/config', 'packages/telemetry', 'packages/http-relay', 'packages/plugin-*'],
  ['packages/plugins'],
  ['packages/testkit', 'packages/adapter-*', 'packages/kubernetes'],
  ['packages/cli'],
  ['examples/*'],
];

/** Tests of every level may use it. */
const TEST_TOOLS = 'packages/testkit';

/** Decisions must be repeatable here: the clock and the randomness are given. */
const DETERMINISTIC = ['packages/core', 'packages/plugin-*'];
const SYSTEM_CLOCK = 'packages/core/src/engine/system-clock.ts';

interface Workspace {
  readonly top: string;
  readonly packages: readonly Package[];
  readonly rootManifest: Manifest;
}

/** Everything that breaks the levels in the workspace at `top`: `file:line: what is wrong, and what to do`. */
export function checkLevels(top: string): string[] {
  const workspace = { top, packages: readPackages(top), rootManifest: readManifest(top) };
  return workspace.packages.flatMap((pkg) => {
    if (levelOf(pkg.path) === undefined) {
      return [`${pkg.path}/package.json: ${pkg.path} has no level. Give it one in .workspace/check-levels.ts.`];
    }
    return [
      ...checkManifest(workspace, pkg),
      ...['src', 'test', 'bench'].flatMap((dir) => checkFolder(workspace, pkg, dir)),
    ];
  });
}

function levelOf(packagePath: string): number | undefined {
  const level = LEVELS.findIndex((names) => names.some((name) => matches(packagePath, name)));
  return level === -1 ? undefined : level;
}

function matches(packagePath: string, name: string): boolean {
  return name.endsWith('*') ? packagePath.startsWith(name.slice(0, -1)) : packagePath === name;
}

/** Why `pkg` may not use `other`, or nothing. */
function forbidden(pkg: Package, other: Package, forTests: boolean): string | undefined {
  const [from = 0, to = 0] = [levelOf(pkg.path), levelOf(other.path)];
  if (pkg === other || to < from || (forTests && other.path === TEST_TOOLS)) return undefined;
  return (
    `${pkg.path} is level ${from} and may not use ${other.path} of level ${to}. ` +
    'Move what both need into a lower package, or have it passed in.'
  );
}

function checkManifest({ packages }: Workspace, pkg: Package): string[] {
  const fields: DependencyField[] = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];
  const lines = readFileSync(path.join(pkg.dir, 'package.json'), 'utf8').split('\n');
  return fields.flatMap((field) =>
    Object.keys(pkg.manifest[field] ?? {}).flatMap((name) => {
      const other = packages.find((candidate) => candidate.name === name);
      const reason = other && forbidden(pkg, other, field === 'devDependencies');
      const line = lines.findIndex((text) => text.includes(`"${name}":`)) + 1;
      return reason ? [`${pkg.path}/package.json:${line}: ${reason}`] : [];
    }),
  );
}

function checkFolder(workspace: Workspace, pkg: Package, folder: string): string[] {
  const deterministic = folder === 'src' && DETERMINISTIC.some((name) => matches(pkg.path, name));
  return filesBelow(path.join(pkg.dir, folder))
    .filter((file) => /\.[cm]?tsx?$/.test(file))
    .flatMap((file) => {
      const name = path.relative(workspace.top, file).replaceAll(path.sep, '/');
      const source = parse(file, readFileSync(file, 'utf8'));
      const forTests = folder !== 'src' || isTestFile(file);
      const imports = findImports(source).flatMap((found) => {
        const reason = checkImport(workspace, pkg, file, found, forTests);
        return reason ? [`${name}:${found.line}: ${reason}`] : [];
      });
      if (!deterministic || forTests || name === SYSTEM_CLOCK) return imports;
      const uses = findAmbientTime(source).map(
        ({ what, line }) =>
          `${name}:${line}: ${what} in ${pkg.path}. Use the clock or the random source that is given.`,
      );
      return [...imports, ...uses];
    });
}

function checkImport(
  { packages, rootManifest }: Workspace,
  pkg: Package,
  file: string,
  { specifier, typeOnly }: Import,
  forTests: boolean,
): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  if (specifier.startsWith('.')) {
    const target = path.resolve(path.dirname(file), specifier);
    if (target.startsWith(pkg.dir + path.sep)) return undefined;
    return `'${specifier}' leaves ${pkg.path}. Import the other package by its name.`;
  }

  const name = packageNameOf(specifier);
  const other = packages.find((candidate) => candidate.name === name);
  if (other) {
    const reason = forbidden(pkg, other, forTests);
    if (reason) return reason;
    const subpath = `.${specifier.slice(name.length)}`;
    if (!(subpath in (other.manifest.exports ?? {}))) {
      return `'${specifier}' is not an export of ${other.path}. Import what its package.json exports, or export it there.`;
    }
    if (pkg === other) return undefined;
  }

  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = pkg.manifest;
  if ({ ...dependencies, ...peerDependencies, ...optionalDependencies }[name]) return undefined;
  if (forTests && { ...devDependencies, ...rootManifest.devDependencies }[name]) return undefined;
  if (typeOnly && devDependencies?.[name]) return undefined;
  return `${name} is not a dependency. Add it to ${forTests ? 'devDependencies' : 'dependencies'} in ${pkg.path}/package.json.`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = checkLevels(root);
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
