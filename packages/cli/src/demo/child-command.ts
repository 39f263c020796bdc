import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../command-failure.ts';

/** Built, this file is a part of `dist/`; as a source it is one folder deeper than the command. */
const COMMAND = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../bin.ts' : './bin.js', import.meta.url));

const GRACE_MS = 5_000;

/**
 * A `pointsman` command as a process of its own. It ends when this process does, however that happens: the pipe to its
 * standard input closes then.
 */
export class ChildCommand {
  /** What it said first, one line of JSON. */
  readonly announced: unknown;
  readonly #process: ChildProcess;
  readonly #name: string;
  #errors = '';
  #isStopping = false;

  private constructor(process: ChildProcess, name: string, announced: unknown) {
    this.#process = process;
    this.#name = name;
    this.announced = announced;
    process.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#errors = (this.#errors + text).slice(-4_000)));
  }

  /**
   * Starts `pointsman ... --json --stop-with-stdin` and waits for its first line.
   * @param name who it is in errors
   * @throws CommandFailure with what it said, when it ends before
   */
  static async start(name: string, args: readonly string[]): Promise<ChildCommand> {
    const command = [...process.execArgv, COMMAND, ...args, '--json', '--stop-with-stdin'];
    const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] });
    // A child that is gone already says so by its exit.
    child.stdin.on('error', () => {});
    let said = '';
    const collect = (text: string) => (said += text);
    child.stderr.setEncoding('utf8').on('data', collect);
    const first = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('error', reject);
      child.once('close', (code) => reject(new CommandFailure(`${name} did not start (exit code ${code})\n${said}`)));
    });
    child.stderr.off('data', collect);
    return new ChildCommand(child, name, JSON.parse(first));
  }

  /** Rejects when it ends without having been told to. */
  async untilFailure(): Promise<never> {
    if (this.#process.exitCode === null) await once(this.#process, 'close');
    if (this.#isStopping) return new Promise(() => {});
    throw new CommandFailure(`${this.#name} has ended (exit code ${this.#process.exitCode})\n${this.#errors}`);
  }

  /** Ends it, the hard way when it takes too long. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.stdin?.end();
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS);
    await closed;
    clearTimeout(kill);
  }
}
