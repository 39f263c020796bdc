import type { Registry } from 'prom-client';
import type { LivingEndpoints } from './living-endpoints.ts';
import { addFamily } from './series/add-family.ts';
import type { Sample } from './series/family.ts';

/** Gauges that are read from the pools only when somebody asks for the page. */
export function observeEndpoints(living: LivingEndpoints, registry: Registry): void {
  addFamily(registry, {
    name: 'pointsman_endpoints',
    help: 'Endpoints that can be picked.',
    type: 'gauge',
    *samples(): Generator<Sample> {
      for (const pool of living.pools()) yield [{ pool: pool.name }, pool.endpoints().length];
    },
  });
  addFamily(registry, {
    name: 'pointsman_open_calls',
    help: 'Requests that run on each endpoint now.',
    type: 'gauge',
    *samples(): Generator<Sample> {
      for (const pool of living.pools()) {
        for (const endpoint of pool.endpoints()) {
          yield [{ pool: pool.name, endpoint: endpoint.id }, pool.openCallsOf(endpoint)];
        }
      }
    },
  });
}
