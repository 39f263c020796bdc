import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { isatty } from 'node:tty';
import { root } from './packages.ts';
import { descendants } from './process-tree.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** `inherit` (the default) shows everything, `capture` returns it, `stdout` returns stdout and shows stderr. */
  readonly output?: 'inherit' | 'capture' | 'stdout';
  /** Called with each piece of the returned output as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  readonly code: number;
  readonly output: string;
}

/** How long processes may take to end after a signal before they are killed. */
const GRACE_MS = 10_000;

/** A signal to this process stopped the work. */
export class Interrupted extends Error {}

const running = new Set<ChildProcess>();
let interruption: NodeJS.Signals | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));

/** Ends every process below this one; the task ends after them. */
function interrupt(signal: NodeJS.Signals): void {
  if (interruption) return;
  interruption = signal;
  const processes = descendants();
  setTimeout(() => send(processes, 'SIGKILL'), GRACE_MS).unref();
  // A terminal sends Ctrl-C to all of them by itself, and many take a second one as "quit the hard way".
  if (signal === 'SIGINT' && [0, 1, 2].some((descriptor) => isatty(descriptor))) return;
  send(processes, signal);
}

function send(processes: readonly number[], signal: NodeJS.Signals): void {
  for (const id of processes) {
    try {
      process.kill(id, signal);
    } catch {
      // It has ended.
    }
  }
}

/** The command line of a tool among the root's dependencies: its script, run by this Node. No PATH is needed. */
export function tool(command: string, packageName = command): string[] {
  const dir = path.join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
  return [process.execPath, path.join(dir, typeof bin === 'string' ? bin : bin[command])];
}

/**
 * Runs a command to its end. One that cannot be started counts as failed.
 * Throws when a signal to this process stopped it, so that no later step starts.
 */
export async function run(commandLine: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd = root, env = {}, output: mode = 'inherit', onOutput } = options;
  if (interruption) throw new Interrupted(interruption);
  const [command = '', ...args] = commandLine;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [
      mode === 'inherit' ? 'inherit' : 'ignore',
      mode === 'inherit' ? 'inherit' : 'pipe',
      mode === 'capture' ? 'pipe' : 'inherit',
    ],
  });
  running.add(child);
  let output = '';
  const collect = (text: string) => {
    output += text;
    onOutput?.(text);
  };
  child.stdout?.setEncoding('utf8').on('data', collect);
  child.stderr?.setEncoding('utf8').on('data', collect);
  const code = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      collect(`${error.message}\n`);
      resolve(1);
    });
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
  running.delete(child);
  if (interruption && code !== 0) throw new Interrupted(interruption);
  return { code, output };
}

/** The exit code of a task. When a signal cut it short: once the last child has ended, the code for that signal. */
export async function finish(task: Promise<number>): Promise<number> {
  try {
    return await task;
  } catch (error) {
    if (!interruption) throw error;
    await Promise.all([...running].map((child) => once(child, 'close')));
    return 128 + constants.signals[interruption];
  }
}

/** Does the work for every item, `limit` at a time; the results come in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
