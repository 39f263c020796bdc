import { defineConfig, type Options } from 'tsup';

/** The one build recipe: ESM for Node 20, with types. `entry` maps each public subpath to its source file. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }): Options | Options[] {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    dts: true,
    clean: true,
    splitting: true,
    treeshake: true,
    sourcemap: false,
  }) as Options;
}
