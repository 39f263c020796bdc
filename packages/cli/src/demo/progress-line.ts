const WIDTH = 30;

/** Progress on standard error: a bar on a terminal, elsewhere a line at every quarter. */
export class ProgressLine {
  readonly #label: string;
  #quarter = 0;

  constructor(label: string) {
    this.#label = label;
  }

  update(done: number, total: number): void {
    if (process.stderr.isTTY) {
      const filled = Math.round((WIDTH * done) / total);
      process.stderr.write(`\r${this.#label} [${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done}/${total}`);
      if (done === total) process.stderr.write('\n');
      return;
    }
    const quarter = Math.floor((4 * done) / total);
    if (quarter === this.#quarter) return;
    this.#quarter = quarter;
    process.stderr.write(`${this.#label} ${done}/${total}\n`);
  }
}
