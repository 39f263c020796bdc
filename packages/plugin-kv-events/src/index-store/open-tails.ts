/** The beginning of one of our blocks whose end has not come yet: the model server's blocks are smaller, or lie across. */
export interface OpenTail {
  /** Key of our block before it. */
  readonly before: Int32Array;
  /** Its tokens so far, fewer than a block has. */
  readonly tokens: Uint32Array;
  readonly extras: readonly string[];
  /** The model server's blocks that reach into it, as pairs of words. */
  readonly hashes: Int32Array;
}

/** So many are remembered for each endpoint; of what is forgotten, what follows cannot be placed. */
const REMEMBERED = 4096;

/** The open tails of one endpoint, by the model server's hash of the block that ends where they end. */
export class OpenTails {
  readonly #tails = new Map<string, OpenTail>();

  get(low: number, high: number): OpenTail | undefined {
    return this.#tails.get(`${low} ${high}`);
  }

  set(low: number, high: number, tail: OpenTail): void {
    const name = `${low} ${high}`;
    this.#tails.delete(name);
    if (this.#tails.size >= REMEMBERED) {
      for (const oldest of this.#tails.keys()) {
        this.#tails.delete(oldest);
        break;
      }
    }
    this.#tails.set(name, tail);
  }

  delete(low: number, high: number): void {
    if (this.#tails.size > 0) this.#tails.delete(`${low} ${high}`);
  }

  clear(): void {
    this.#tails.clear();
  }
}
