import { build } from './build.ts';
import { checkLevels } from './check-levels.ts';
import { checkManifests } from './check-manifests.ts';
import { checkPublished } from './check-published.ts';
import { checkSizes } from './check-sizes.ts';
import { root } from './packages.ts';
import { Interrupted, run, tool } from './run.ts';

/** What is wrong, ready to print; empty when all is well. */
type Check = () => Promise<string> | string;

const checks: Record<string, Check> = {
  lint: () => outputOfFailure([...tool('biome', '@biomejs/biome'), 'ci', '--colors=off']),
  types: () => typeErrors('tsconfig.json'),
  unused: () => outputOfFailure([...tool('knip'), '--config', '.knip.json', '--no-progress', '--no-config-hints']),
  levels: () => checkLevels(root).join('\n'),
  sizes: () => checkSizes(root).join('\n'),
  manifests: () => checkManifests(root).join('\n'),
  build: async () => ((await build()) ? '' : 'see above'),
  published: async () => (await checkPublished()).join('\n'),
};

/** Runs all checks, or those that `args` name, each to its end, and ends with the counts. */
export async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((name) => !(name in checks));
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}. The checks are: ${Object.keys(checks).join(', ')}.`);
    return 2;
  }
  const names = args.length > 0 ? args : Object.keys(checks);
  const failed: string[] = [];
  for (const name of names) {
    const started = performance.now();
    const problems = await problemsOf(name);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`check ${name.padEnd(10)} ${problems ? 'FAILED' : 'passed'}  ${seconds} s`);
    if (problems) {
      console.log(`${problems.replace(/^/gm, '    ')}\n`);
      failed.push(name);
    }
  }
  const which = failed.length > 0 ? `: ${failed.join(', ')}` : '';
  console.log(`${names.length - failed.length} checks passed, ${failed.length} failed${which}`);
  return failed.length === 0 ? 0 : 1;
}

function typeErrors(project: string): Promise<string> {
  return outputOfFailure([...tool('tsc', 'typescript'), '--noEmit', '--project', project]);
}

async function problemsOf(name: string): Promise<string> {
  try {
    return (await checks[name]?.())?.trim() ?? '';
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return String(error);
  }
}

async function outputOfFailure(command: readonly string[]): Promise<string> {
  const { code, output } = await run(command, { output: 'capture', env: { NO_COLOR: '1' } });
  return code === 0 ? '' : output || `exit code ${code}`;
}
