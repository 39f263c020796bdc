import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of the example. It ends when the example does. */
export class Child {
  readonly process: ChildProcess;
  readonly name: string;
  #said = '';

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    // Standard input stays open as long as this process lives, and the others end with it.
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4000);
    });
  }

  /** The first line that it prints, as JSON. */
  async announced(): Promise<Record<string, unknown>> {
    const line = new Promise<string>((resolve) =>
      createInterface({ input: this.process.stdout! }).once('line', resolve),
    );
    return JSON.parse(await Promise.race([line, this.failed()]));
  }

  /** Rejects when it ends. */
  async failed(): Promise<never> {
    const [code] = this.process.exitCode === null ? await once(this.process, 'close') : [this.process.exitCode];
    throw new Error(`${this.name} has ended (${code})\n${this.#said}`);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const closed = once(this.process, 'close');
    this.process.kill('SIGINT');
    await closed;
  }
}
