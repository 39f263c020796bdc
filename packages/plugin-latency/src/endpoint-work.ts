/**
 * What this scheduler has under way on each row: prompts whose first token did not come yet, and requests that generate.
 * A few numbers a row.
 */
export class EndpointWork {
  #capacity = 0;
  /** Prompts that are not computed yet. */
  prompts = new Float64Array(0);
  /** Their uncached tokens. */
  promptTokens = new Float64Array(0);
  /** Requests that generate. */
  running = new Float64Array(0);
  /** When the last prompt was done, or the first of those that are there came; what the engine has done since is unknown. */
  #busySince = new Float64Array(0);
  /** When the last first token came. */
  #firstTokenAt = new Float64Array(0);
  /** A prompt was given up since the last first token: the engine has worked for nobody. */
  #isDisturbed = new Uint8Array(0);
  /** Sum of running requests over time, in request milliseconds, up to `#changedAt`. */
  #area = new Float64Array(0);
  #changedAt = new Float64Array(0);

  grow(capacity: number): void {
    if (capacity <= this.#capacity) return;
    this.#capacity = capacity;
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(capacity);
      next.set(old);
      return next;
    };
    this.prompts = grown(this.prompts);
    this.promptTokens = grown(this.promptTokens);
    this.running = grown(this.running);
    this.#busySince = grown(this.#busySince);
    this.#firstTokenAt = grown(this.#firstTokenAt);
    this.#area = grown(this.#area);
    this.#changedAt = grown(this.#changedAt);
    const disturbed = new Uint8Array(capacity);
    disturbed.set(this.#isDisturbed);
    this.#isDisturbed = disturbed;
  }

  reset(row: number): void {
    for (const column of [this.prompts, this.promptTokens, this.running, this.#area]) column[row] = 0;
    this.#firstTokenAt[row] = Number.NEGATIVE_INFINITY;
    for (const column of [this.#busySince, this.#changedAt]) column[row] = Number.NaN;
    this.#isDisturbed[row] = 0;
  }

  beginPrompt(row: number, tokens: number, now: number): void {
    if (this.prompts[row] === 0) this.#busySince[row] = now;
    this.prompts[row] = this.prompts[row]! + 1;
    this.promptTokens[row] = this.promptTokens[row]! + tokens;
  }

  /** @param isDone false when it was given up before its first token */
  endPrompt(row: number, tokens: number, isDone: boolean, now: number): void {
    this.prompts[row] = Math.max(0, this.prompts[row]! - 1);
    this.promptTokens[row] = this.prompts[row] === 0 ? 0 : Math.max(0, this.promptTokens[row]! - tokens);
    if (isDone) {
      this.#busySince[row] = now;
      this.#firstTokenAt[row] = now;
    }
    this.#isDisturbed[row] = !isDone && this.prompts[row]! > 0 ? 1 : 0;
  }

  /** True when the time until the next first token will not be that of the prompts that are done by then. */
  isDisturbed(row: number): boolean {
    return this.#isDisturbed[row] === 1;
  }

  /** When the engine was free for a prompt that came at `arrivedAt`: then, or when the one before it was done. */
  freeSince(row: number, arrivedAt: number): number {
    return Math.max(this.#firstTokenAt[row]!, arrivedAt);
  }

  /** Milliseconds until the prompts that are there will be done, at that speed; what the engine did already is taken off. */
  backlogMs(row: number, fixedMs: number, msPerToken: number, now: number): number {
    const prompts = this.prompts[row]!;
    if (prompts === 0) return 0;
    const all = fixedMs + this.promptTokens[row]! * msPerToken;
    const done = now - this.#busySince[row]!;
    // It cannot have done more than the first one: its first token would be here.
    return done > 0 ? all - Math.min(done, all / prompts) : all;
  }

  beginRunning(row: number, now: number): void {
    this.#integrate(row, now);
    this.running[row] = this.running[row]! + 1;
  }

  endRunning(row: number, now: number): void {
    this.#integrate(row, now);
    this.running[row] = Math.max(0, this.running[row]! - 1);
  }

  /** Request milliseconds up to now: the difference of two, over the time between them, is how many ran on average. */
  runningArea(row: number, now: number): number {
    this.#integrate(row, now);
    return this.#area[row]!;
  }

  #integrate(row: number, now: number): void {
    const elapsed = now - this.#changedAt[row]!;
    if (elapsed > 0) this.#area[row] = this.#area[row]! + elapsed * this.running[row]!;
    // Also when the clock went back: time is counted from there on.
    this.#changedAt[row] = now;
  }
}
