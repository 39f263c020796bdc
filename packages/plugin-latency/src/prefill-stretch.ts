/** First tokens that are not further apart than this come from the same step of the engine, in milliseconds. */
const SAME_STEP_MS = 1;
/** Prompts after which a stretch ends although the engine goes on. */
const MOST_PROMPTS = 8;

/**
 * Prompts that an engine computed one after the other without a pause. How long one of them took, nobody can tell when
 * they share steps; how long all of them took, can be seen. Teaches when all of them have ended well.
 */
export class PrefillStretch {
  readonly #startedAt: number;
  /** When its last first token came. */
  endedAt: number;
  /** Uncached tokens of its prompts. */
  tokens = 0;
  /** Moments at which first tokens came. */
  steps = 0;
  /** The most requests that waited in the model server's queue when one of its prompts came. */
  waiting = 0;
  /** Prompts whose requests have not ended yet. */
  #open = 0;
  #prompts = 0;
  #isVoid = false;
  #isSealed = false;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.endedAt = startedAt;
  }

  get ms(): number {
    return this.endedAt - this.#startedAt;
  }

  /** True when a prompt that came at `arrivedAt` and is done now is the next one of this stretch. */
  takes(arrivedAt: number, now: number): boolean {
    const waited = arrivedAt < this.endedAt && now >= this.endedAt;
    return waited && !this.#isSealed && (this.#prompts < MOST_PROMPTS || now - this.endedAt <= SAME_STEP_MS);
  }

  add(tokens: number, waiting: number, now: number): void {
    if (this.steps === 0 || now - this.endedAt > SAME_STEP_MS) this.steps++;
    this.endedAt = now;
    this.tokens += tokens;
    this.waiting = Math.max(this.waiting, waiting);
    this.#prompts++;
    this.#open++;
  }

  /** One of its requests has ended. @param change computed tokens more than were expected */
  end(isGood: boolean, change: number): void {
    this.#open--;
    this.tokens = Math.max(0, this.tokens + change);
    if (!isGood) this.#isVoid = true;
  }

  /** No further prompt belongs to it. */
  seal(): void {
    this.#isSealed = true;
  }

  /** True once, when everything about it is known and good. */
  takeLesson(): boolean {
    if (!this.#isSealed || this.#open > 0 || this.#isVoid) return false;
    this.#isVoid = true;
    return true;
  }
}
