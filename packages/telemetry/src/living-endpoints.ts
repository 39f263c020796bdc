import type { Endpoint, Pool, Scheduler } from '@pointsman/core';
import type { Labels } from './series/labels.ts';

/** Knows which pools and endpoints there are, so that the series of those that are gone can go with them. */
export class LivingEndpoints {
  readonly #schedulers = new Set<Scheduler>();
  /** Pools that there are or were. Nobody can judge what others are. */
  readonly #knownPools = new Set<string>();
  /** A pool gives the same array until its endpoints change. */
  readonly #idsByList = new WeakMap<readonly Endpoint[], ReadonlySet<string>>();

  /**
   * @returns a function that stops it
   * @throws Error when a pool has the name of one that is followed already: their series could not be told apart
   */
  follow(scheduler: Scheduler): () => void {
    for (const { name } of this.pools()) {
      if (scheduler.pools.has(name))
        throw new Error(`a pool named "${name}" is observed already; give it another name`);
    }
    this.#schedulers.add(scheduler);
    return () => this.#schedulers.delete(scheduler);
  }

  *pools(): Generator<Pool> {
    for (const { pools } of this.#schedulers) yield* pools.values();
  }

  /** Learns which pools there are now; before a round of {@link has}. */
  look(): void {
    for (const { name } of this.pools()) this.#knownPools.add(name);
  }

  /** False when the labels `pool` (or `inference_pool`) and `endpoint` name what was there and is gone. */
  has({ pool, inference_pool: inferencePool, endpoint }: Labels): boolean {
    const name = pool ?? inferencePool;
    if (name === undefined || !this.#knownPools.has(name) || this.#schedulers.size === 0) return true;
    for (const { pools } of this.#schedulers) {
      const found = pools.get(name);
      if (found === undefined) continue;
      return endpoint === undefined || endpoint === '' || this.idsOf(found).has(endpoint);
    }
    return false;
  }

  /** Ids of the endpoints of a pool. */
  idsOf(pool: Pool): ReadonlySet<string> {
    const endpoints = pool.endpoints();
    let ids = this.#idsByList.get(endpoints);
    if (ids === undefined) {
      ids = new Set(endpoints.map(({ id }) => id));
      this.#idsByList.set(endpoints, ids);
    }
    return ids;
  }
}
