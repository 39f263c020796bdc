import { defineFetcher, type Endpoint } from '@pointsman/core';
import { z } from 'zod';
import { topology } from './topology.ts';

/** Says where endpoints run, from their labels. An endpoint without any of the labels has no topology. */
export const topologyExtractor = defineFetcher({
  type: 'topology-extractor',
  description: 'Says where endpoints run, from their labels.',
  stability: 'alpha',
  params: z.strictObject({
    hostname: z.string().min(1).default('kubernetes.io/hostname'),
    rack: z.string().min(1).default('topology.kubernetes.io/rack'),
    zone: z.string().min(1).default('topology.kubernetes.io/zone'),
    region: z.string().min(1).default('topology.kubernetes.io/region'),
  }),
  writes: (_params, name) => [topology(name)],
  create: ({ params, name, write }) => {
    const writer = write(topology(name));
    // Endpoints are immutable: another object in the row means other labels.
    const seen: (Endpoint | undefined)[] = [];
    return {
      prepare(_cycle, _sink, endpoints) {
        for (let i = 0; i < endpoints.length; i++) {
          const endpoint = endpoints[i]!;
          if (seen[endpoint.row] === endpoint) continue;
          seen[endpoint.row] = endpoint;
          const hostname = endpoint.labels[params.hostname] ?? '';
          const rack = endpoint.labels[params.rack] ?? '';
          const zone = endpoint.labels[params.zone] ?? '';
          const region = endpoint.labels[params.region] ?? '';
          if (hostname + rack + zone + region === '') writer.clear(endpoint);
          else writer.set(endpoint, { hostname, rack, zone, region });
        }
      },
    };
  },
});
