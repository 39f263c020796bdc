import { text as readAll } from 'node:stream/consumers';
import {
  ConfigError,
  type ConfigProblem,
  type EndpointFile,
  fileEndpoints,
  formatProblem,
  type LoadedConfig,
  loadConfig,
  parseConfig,
} from '@pointsman/config';
import { createSchedulerHost, PointsmanError } from '@pointsman/core';
import { builtinCatalog } from './catalog.ts';
import { CommandFailure } from './command-failure.ts';

/** What is to be said about one file. */
interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Checks files and prints what is wrong with them. @throws CommandFailure when anything is */
export async function validate(files: readonly string[], { asJson }: { readonly asJson: boolean }): Promise<void> {
  const verdicts: Verdict[] = [];
  for (const file of files) verdicts.push(await judge(file));
  const ok = verdicts.every((verdict) => verdict.ok);
  if (asJson) process.stdout.write(`${JSON.stringify({ ok, files: verdicts }, null, 2)}\n`);
  else for (const verdict of verdicts) print(verdict);
  if (!ok) throw new CommandFailure('');
}

function print({ file, ok, problems, warnings }: Verdict): void {
  for (const problem of problems) process.stdout.write(`${formatProblem(problem)}\n`);
  for (const warning of warnings) process.stdout.write(`${formatProblem(warning)} (warning)\n`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  process.stdout.write(`${file}: ${ok ? 'valid' : count}\n`);
}

async function judge(file: string): Promise<Verdict> {
  try {
    const config = await read(file);
    await build(config);
    return { file, ok: true, problems: [], warnings: config.warnings };
  } catch (error) {
    if (!PointsmanError.is(error)) throw error;
    return { file, ok: false, problems: problemsOf(error, file), warnings: [] };
  }
}

async function read(file: string): Promise<LoadedConfig> {
  const catalog = builtinCatalog();
  if (file !== '-') return loadConfig(file, { catalog });
  const text = await readAll(process.stdin);
  if (text.trim() === '') throw new PointsmanError('CONFIG_INVALID', 'standard input is empty');
  return parseConfig(text, { catalog });
}

/** What is seen only when the plugins are created and the endpoints are read. */
async function build(config: LoadedConfig): Promise<void> {
  try {
    await createSchedulerHost({ pools: config.pools }).close();
  } catch (error) {
    throw PointsmanError.is(error) ? config.locate(error) : error;
  }
  for (const file of config.endpointFiles) await readEndpoints(file);
}

async function readEndpoints(file: EndpointFile): Promise<void> {
  const sink = { upsert() {}, remove() {}, replaceAll() {} };
  await fileEndpoints({ ...file, watch: false }).start(sink, new AbortController().signal);
}

function problemsOf(error: PointsmanError, file: string): readonly ConfigProblem[] {
  if (ConfigError.is(error)) return error.problems;
  const { message, code, hint } = error;
  return [{ file, line: 1, column: 1, path: '', message, code, ...(hint !== undefined && { hint }) }];
}
