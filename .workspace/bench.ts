import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.ts';
import { filesBelow, readPackages } from './packages.ts';
import { run } from './run.ts';

interface Bench {
  /** `core/decision` for packages/core/bench/decision.bench.ts. */
  readonly name: string;
  readonly file: string;
}

/** They take minutes: they run when `--only` names them, not among all others. */
const LONG: readonly string[] = ['adapter-ext-proc/envoy'];

/**
 * Runs every packages/*\/bench/*.bench.ts from its sources, one after the other, and passes the arguments on.
 * `--json FILE` collects their results: with BENCH_JSON=1 a bench prints one JSON object as its last line.
 * `--only TEXT` runs those whose name contains the text. Without it the long ones are left out.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values, rest } = takeOptions(args, ['--json', '--only']);
  const jsonFile = values['--json'];
  const only = values['--only'];
  const benches = findBenches().filter(({ name }) => (only === undefined ? !LONG.includes(name) : name.includes(only)));
  if (benches.length === 0) {
    console.error('There is no such benchmark.');
    return 1;
  }
  if (!(await build({ types: false }))) return 1;

  const results: Record<string, unknown> = {};
  let failed = false;
  for (const { name, file } of benches) {
    console.error(`\n${name}`);
    const command = [process.execPath, '--import', 'tsx', '--conditions=@pointsman/source', file, ...rest];
    if (jsonFile === undefined) {
      failed = (await run(command)).code !== 0 || failed;
      continue;
    }
    const { code, output } = await run(command, { env: { BENCH_JSON: '1' }, output: 'stdout', onOutput: showTables() });
    const result = parseObject(output.trimEnd().split('\n').at(-1) ?? '');
    if (result) results[name] = result;
    else console.error(`${name}: the last line is not a JSON object.`);
    failed = code !== 0 || !result || failed;
  }
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  return failed ? 1 : 0;
}

function findBenches(): Bench[] {
  return readPackages().flatMap((pkg) =>
    filesBelow(path.join(pkg.dir, 'bench'))
      .filter((file) => file.endsWith('.bench.ts'))
      .map((file) => ({ name: `${path.basename(pkg.path)}/${path.basename(file, '.bench.ts')}`, file })),
  );
}

/** Shows what a bench prints for people, line by line, and not the JSON. */
function showTables(): (text: string) => void {
  let line = '';
  return (text) => {
    const lines = (line + text).split('\n');
    line = lines.pop()!;
    for (const whole of lines) if (!whole.startsWith('{')) console.log(whole);
  };
}

function takeOptions(args: readonly string[], names: readonly string[]) {
  const values: Record<string, string> = {};
  const rest: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    const [name = '', inline] = arg.split(/=(.*)/s);
    if (names.includes(name)) values[name] = inline ?? args[++i] ?? '';
    else rest.push(arg);
  }
  return { values, rest };
}

function parseObject(line: string): object | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
