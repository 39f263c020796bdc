import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the benchmark that answers one message with one. It ends when the benchmark does. */
export class Helper<Question extends object | string, Answer> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /**
   * @param file in the folder `processes`
   * @param execArgv of Node; default that of this process
   * @returns the process and its first message
   */
  static async start<Question extends object | string, Answer, First = unknown>(
    file: string,
    args: readonly string[] = [],
    execArgv?: readonly string[],
  ): Promise<{ helper: Helper<Question, Answer>; first: First }> {
    const path = fileURLToPath(new URL(`../processes/${file}`, import.meta.url));
    const child = fork(path, args, execArgv === undefined ? {} : { execArgv: [...execArgv] });
    const helper = new Helper<Question, Answer>(child, file);
    return { helper, first: (await helper.#next()) as First };
  }

  /** One question at a time. */
  async ask(question: Question): Promise<Answer> {
    this.#child.send(question);
    return (await this.#next()) as Answer;
  }

  /** @throws Error when it ends instead */
  async #next(): Promise<unknown> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      return await Promise.race([
        once(this.#child, 'message', { signal }).then(([message]) => message as unknown),
        once(this.#child, 'exit', { signal }).then(([code]) => {
          throw new Error(`${this.#name} ended with ${code}`);
        }),
      ]);
    } finally {
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
