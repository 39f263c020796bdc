import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inject } from 'vitest';

/** The command, bundled from its sources. */
const COMMAND = inject('bundles').bin;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What plugins of the command import as `@pointsman/core`: the URL of a module, in quotes. */
export const CORE = JSON.stringify(pathToFileURL(inject('bundles').core).href);

/** What a command that has ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param env beside the environment of the tests */
export function spawnCommand(
  args: readonly string[],
  script: readonly string[] = [COMMAND],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [...script, ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/** Runs `pointsman` as a process to its end. */
export async function pointsman(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawnCommand(args);
  // It may end without having read anything.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([readAll(child.stdout!), readAll(child.stderr!)]);
  const [code] = (await closed) as [number | null];
  return { code, stdout, stderr };
}

/** A `pointsman` that goes on running. */
export class RunningCommand implements AsyncDisposable {
  readonly child: ChildProcess;
  /** The first line, as JSON. */
  readonly announced: Readonly<Record<string, unknown>>;
  #log = '';
  readonly #waiting = new Set<() => void>();

  private constructor(child: ChildProcess, announced: Readonly<Record<string, unknown>>, log: string) {
    this.child = child;
    this.announced = announced;
    this.#log = log;
  }

  /**
   * @param args should include `--json`
   * @param script the command itself; the bundle of its sources unless it says otherwise
   * @param env beside the environment of the tests
   */
  static async start(
    args: readonly string[],
    script?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<RunningCommand> {
    const child = spawnCommand(args, script, env);
    let log = '';
    let running: RunningCommand | undefined;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      running?.hear(text);
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once('line', resolve);
      child.once('close', (code) => reject(new Error(`ended with ${code}: ${log}`)));
    });
    running = new RunningCommand(child, JSON.parse(line) as Readonly<Record<string, unknown>>, log);
    return running;
  }

  hear(text: string): void {
    this.#log += text;
    for (const look of this.#waiting) look();
  }

  /** Everything on standard error so far. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when standard error has this text after what is there now. */
  async untilLogged(text: string): Promise<void> {
    const from = this.#log.length;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!this.#log.slice(from).includes(text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      this.child.once('close', () => reject(new Error(`ended before it said "${text}": ${this.#log}`)));
    });
  }

  /** @returns the exit code */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
