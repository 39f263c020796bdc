import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.ts';
import { root } from './packages.ts';
import { run } from './run.ts';

/** `pointsman demo` from the built packages. */
export async function main(args: readonly string[]): Promise<number> {
  if (!(await build({ types: false }))) return 1;
  const command = path.join(root, 'packages/cli/dist/bin.js');
  if (!existsSync(command)) {
    console.error('There is no packages/cli/dist/bin.js: the build of packages/cli does not make it.');
    return 1;
  }
  const { code } = await run([process.execPath, command, 'demo', ...args]);
  return code;
}
