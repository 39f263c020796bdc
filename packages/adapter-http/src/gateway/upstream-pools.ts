import type { Endpoint, Scheduler } from '@pointsman/core';
import { connectionOptions } from '@pointsman/http-relay';
import { Pool } from 'undici';
import type { GatewayTimeouts, UpstreamOptions } from './gateway-options.ts';

/** Kept-alive connections to model servers, by origin. */
export class UpstreamPools {
  readonly #pools = new Map<string, Pool>();
  readonly #options: Pool.Options;
  readonly #scheduler: Scheduler;
  readonly #onRemoved = ({ endpoint }: { readonly endpoint: Endpoint }) => this.#forget(endpoint.origin);

  constructor(scheduler: Scheduler, timeouts: Required<GatewayTimeouts>, options: UpstreamOptions = {}) {
    this.#scheduler = scheduler;
    this.#options = connectionOptions(timeouts, options);
    scheduler.on('endpoint:removed', this.#onRemoved);
  }

  /** The connections to an origin, `http://host:port`. */
  of(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, this.#options);
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  /** Requests that run over the connections go on. */
  #forget(origin: string): void {
    for (const pool of this.#scheduler.pools.values()) {
      if (pool.endpoints().some((endpoint) => endpoint.origin === origin)) return;
    }
    const pool = this.#pools.get(origin);
    this.#pools.delete(origin);
    pool?.close().catch(() => {});
  }

  /** Closes all connections; what still runs over them fails. */
  async close(): Promise<void> {
    this.#scheduler.off('endpoint:removed', this.#onRemoved);
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
