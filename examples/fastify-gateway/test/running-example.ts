import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';

/** Bundled from its sources. */
const MAIN = inject('bundles').fastify;

/** The example as a process on a free port. */
export class RunningExample implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<RunningExample> {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /listening (?:on|at) (http:\/\/[\d.:]+)/i.exec(said);
        if (found !== null) resolve(found[1]!);
      });
      child.once('close', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    });
    return new RunningExample(child, url);
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    return ((await closed) as [number | null])[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}
