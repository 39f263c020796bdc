import type { Tiers } from './index-store/tiers.ts';

/** How much a block counts by where it lies. */
export class TierWeights {
  readonly #tiers: Tiers;
  readonly #byName: ReadonlyMap<string, number>;
  /** By the number of the tier. */
  #weights: number[] = [];
  #order: number[] = [];

  /** @param byName a tier without a weight counts 1 */
  constructor(tiers: Tiers, byName: ReadonlyMap<string, number>) {
    this.#tiers = tiers;
    this.#byName = byName;
  }

  /** By the number of the tier. */
  get weights(): readonly number[] {
    this.#follow();
    return this.#weights;
  }

  /** Numbers of the tiers, those that count most first. */
  get order(): readonly number[] {
    this.#follow();
    return this.#order;
  }

  #follow(): void {
    if (this.#weights.length === this.#tiers.count) return;
    this.#weights = this.#tiers.names.map((name) => this.#byName.get(name) ?? 1);
    this.#order = this.#weights.map((_, tier) => tier).sort((a, b) => this.#weights[b]! - this.#weights[a]!);
  }
}
