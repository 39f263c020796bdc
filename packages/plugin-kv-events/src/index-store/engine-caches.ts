import type { BlockHasher } from '../hash/block-hasher.ts';
import { BlockIndex, type IndexLimits } from './block-index.ts';
import { EngineCache, type SharedStore } from './engine-cache.ts';
import { RecentChoices } from './recent-choices.ts';
import { Tiers } from './tiers.ts';

/** What the endpoints of a pool have in their KV caches: an index by block, and for each endpoint what its own hashes mean. */
export class EngineCaches implements SharedStore {
  readonly hasher: BlockHasher;
  readonly tiers = new Tiers();
  readonly index: BlockIndex;
  readonly choices: RecentChoices;
  readonly #caches = new Set<EngineCache>();
  #maxBytes: number;

  /** @param limits of everything together: one half for the index, one for the endpoints */
  constructor(hasher: BlockHasher, limits: IndexLimits) {
    this.hasher = hasher;
    this.#maxBytes = limits.maxBytes;
    this.index = new BlockIndex(halfOf(limits));
    this.choices = new RecentChoices(this.index, this.tiers);
  }

  get bytes(): number {
    return this.index.bytes + this.#endpointBytes();
  }

  add(): EngineCache {
    const cache = new EngineCache(this);
    this.#caches.add(cache);
    return cache;
  }

  remove(cache: EngineCache): void {
    this.#caches.delete(cache);
    cache.close();
  }

  /** Has everything keep within other limits from now on. */
  limit(limits: IndexLimits): void {
    this.#maxBytes = limits.maxBytes;
    this.index.limit(halfOf(limits));
  }

  /**
   * One that has less than its share gets them from the one that has most, which
   * forgets half of what it has.
   */
  mayGrow(cache: EngineCache, bytes: number): boolean {
    const half = this.#maxBytes / 2;
    const fits = () => this.#endpointBytes() + bytes <= half;
    if (fits()) return true;
    if (cache.bytes + bytes > half / this.#caches.size) return false;
    let largest = cache;
    for (const other of this.#caches) if (other.bytes > largest.bytes) largest = other;
    if (largest !== cache) largest.halve();
    return fits();
  }

  #endpointBytes(): number {
    let sum = 0;
    for (const cache of this.#caches) sum += cache.bytes;
    return sum;
  }
}

function halfOf({ maxBytes, maxBlocks }: IndexLimits): IndexLimits {
  return { maxBytes: maxBytes / 2, maxBlocks };
}
