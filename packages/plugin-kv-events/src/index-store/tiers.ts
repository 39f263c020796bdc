/** Tiers beyond these have no room: whoever names a new one with every event must not fill the memory. */
const MAX_TIERS = 8;

/** The tier of what was chosen and not confirmed by events yet. */
export const SPECULATIVE = '';

/** Where the KV blocks of an endpoint lie: `gpu`, `cpu`, ... Tiers are numbers, in the order in which they turn up. */
export class Tiers {
  readonly #numbers = new Map<string, number>();

  /** @returns the number of a tier, a new one when it was not seen before; -1 when there are too many */
  numberOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      if (this.#numbers.size >= MAX_TIERS) return -1;
      number = this.#numbers.size;
      this.#numbers.set(name, number);
    }
    return number;
  }

  get count(): number {
    return this.#numbers.size;
  }

  /** Names by number. */
  get names(): readonly string[] {
    return [...this.#numbers.keys()];
  }
}
