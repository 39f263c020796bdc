import type { DataKey, GivenDatum, Pool } from '@pointsman/core';
import { candidateDataOf, endpointDataOf, endpointSpecOf, type RecordedEndpoint } from '@pointsman/testkit/state';
import type { StateClock } from './state-clock.ts';

/** Puts recorded states into a pool. What plugins have learned of an endpoint stays as long as the endpoint is named. */
export class PoolState {
  readonly pool: Pool;
  readonly #clock: StateClock;
  /** Data that a state has brought, to be taken back when the next one does not name it. */
  #written = new Map<string, { readonly endpoint: string; readonly key: DataKey }>();
  #endpoints: readonly RecordedEndpoint[] = [];

  constructor(pool: Pool, clock: StateClock) {
    this.pool = pool;
    this.#clock = clock;
  }

  /** Makes the pool hold exactly these endpoints with exactly this data. */
  set(endpoints: readonly RecordedEndpoint[]): void {
    this.#endpoints = endpoints;
    this.pool.setEndpoints(endpoints.map(endpointSpecOf));
    const stale = this.#written;
    this.#written = new Map();
    for (const endpoint of endpoints) {
      const { ageMs = 0, neverUpdated = false } = endpoint.metrics ?? {};
      this.#clock.at(neverUpdated ? Number.NaN : ageMs, () => {
        for (const { key, value } of endpointDataOf(endpoint)) {
          const name = `${endpoint.id} ${key.id}`;
          this.pool.setData(endpoint.id, key, value);
          this.#written.set(name, { endpoint: endpoint.id, key });
          stale.delete(name);
        }
      });
    }
    this.#clock.at(Number.NaN, () => {
      for (const { endpoint, key } of stale.values()) this.pool.setData(endpoint, key, blank(key));
    });
  }

  /** Candidate data of the endpoints, which belongs to one request. */
  candidateData(): readonly GivenDatum[] {
    return this.#endpoints.flatMap(candidateDataOf);
  }

  ids(): readonly string[] {
    return this.pool.endpoints().map(({ id }) => id);
  }
}

/** What stands in a column while nothing has been written. */
function blank(key: DataKey): unknown {
  if (key.shape === 'record') return {};
  return key.shape === 'number' ? (key.fallback ?? Number.NaN) : undefined;
}
