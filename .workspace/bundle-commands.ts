import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Options } from 'tsup';
import type { TestProject } from 'vitest/node';
import { root } from './packages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Scripts that tests run as processes, by what they are called in {@link SCRIPTS}. */
    readonly bundles: Readonly<Record<keyof typeof SCRIPTS, string>>;
  }
}

/** What tests run as processes, and the core that plugins of these processes import. */
const SCRIPTS = {
  bin: 'packages/cli/src/bin.ts',
  core: 'packages/core/src/index.ts',
  embedded: 'examples/embedded/src/main.ts',
  fastify: 'examples/fastify-gateway/src/main.ts',
  hono: 'examples/hono-gateway/src/main.ts',
};

/** It starts the `bin.js` beside it, which is the bundle again. */
const KEEPS_ITS_URL = path.join(root, 'packages/cli/src/demo/child-command.ts');

/**
 * Before the tests that start processes: puts the sources of each script together. Node starts that in a third of the time
 * that it needs for some hundred TypeScript files, and the tests start more than a hundred processes.
 */
export default async function setUp(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pointsman-bundles-'));
  const bundle = () => bundleInto(folder);
  await bundle();
  project.onTestsRerun(bundle);
  const names = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];
  const files = names.map((name) => [name, path.join(folder, `${name}.js`)]);
  project.provide('bundles', Object.fromEntries(files) as Record<keyof typeof SCRIPTS, string>);
  return () => rmSync(folder, { recursive: true, force: true });
}

async function bundleInto(outDir: string): Promise<void> {
  await build({
    config: false,
    entry: Object.fromEntries(Object.entries(SCRIPTS).map(([name, file]) => [name, path.join(root, file)])),
    outDir,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    splitting: true,
    removeNodeProtocol: false,
    silent: true,
    noExternal: [/./],
    esbuildPlugins: [whereItIs],
    esbuildOptions(options) {
      options.conditions = ['@pointsman/source'];
      // As Node does, which knows no `module`.
      options.mainFields = ['main'];
    },
  });
}

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** What comes from npm stays where it is, and sources believe that they are where they are: they read files beside them. */
const whereItIs: Plugin = {
  name: 'where-it-is',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, async ({ path: name, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === whereItIs) return undefined;
      const found = await bundler.resolve(name, { kind, importer, resolveDir, pluginData: whereItIs });
      if (found.errors.length > 0) return { path: name, external: true };
      if (found.external) return found;
      if (!found.path.includes('node_modules')) return { path: found.path };
      return { path: pathToFileURL(found.path).href, external: true };
    });
    bundler.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      if (file === KEEPS_ITS_URL || !text.includes('import.meta.url')) return undefined;
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)), loader: 'ts' };
    });
  },
};
