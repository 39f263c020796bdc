import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scheduler } from '@pointsman/core';
import type { HealthOptions } from './gateway-options.ts';

/** Answers the liveness and the readiness probe. */
export class HealthProbes {
  readonly #livePath: string;
  readonly #readyPath: string;
  readonly #scheduler: Scheduler;
  readonly #isReady: () => boolean;
  /** Set when the gateway begins to shut down. */
  isDraining = false;

  constructor(scheduler: Scheduler, { livePath = '/healthz', readyPath = '/readyz', isReady }: HealthOptions = {}) {
    this.#scheduler = scheduler;
    this.#livePath = livePath;
    this.#readyPath = readyPath;
    this.#isReady = isReady ?? (() => true);
  }

  /** Why requests cannot be served now; undefined when they can. */
  whyNotReady(): string | undefined {
    if (this.isDraining) return 'shutting down';
    if (!this.#isReady()) return 'not started';
    for (const pool of this.#scheduler.pools.values()) if (pool.endpoints().length > 0) return undefined;
    return 'no endpoints';
  }

  /** @returns whether the request was a probe, and is answered */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url } = request;
    if (url !== this.#livePath && url !== this.#readyPath) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const problem = url === this.#readyPath ? this.whyNotReady() : undefined;
    response.writeHead(problem === undefined ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : `${problem ?? 'ok'}\n`);
    return true;
  }
}
