import { defineFilter } from '@pointsman/core';
import { z } from 'zod';

const HEADER = 'test-epp-endpoint-selection';

/**
 * Keeps the endpoints that a header names: a list of `address` or `address:port`, at most one endpoint for each address.
 * For tests of conformance only: it lets every client choose. Without the header nothing is left.
 */
export const headerBasedTestingFilter = defineFilter({
  type: 'header-based-testing-filter',
  description: 'For conformance tests: keeps the endpoints that the request names.',
  params: z.looseObject({}),
  create: () => ({
    filterAll(candidates, cycle, drops) {
      const wanted = cycle.request.headers[HEADER] ?? '';
      const byAddress = new Map<string, number>();
      for (let i = 0; i < candidates.length; i++) {
        const { address, hostPort } = candidates.endpoint(i);
        // The last of several with the same address counts, as in the reference.
        byAddress.set(address, i).set(hostPort, i);
      }
      const chosen = new Map<string, number>();
      for (const entry of wanted.split(',')) {
        const named = entry.trim();
        const index = byAddress.get(named) ?? byAddress.get(named.replace(/^\[(.*)\]$/, '$1'));
        if (index === undefined) continue;
        const { address } = candidates.endpoint(index);
        if (!chosen.has(address)) chosen.set(address, index);
      }
      const kept = new Set(chosen.values());
      for (let i = 0; i < candidates.length; i++) if (!kept.has(i)) drops.drop(i, `not named by ${HEADER}`);
    },
  }),
});
