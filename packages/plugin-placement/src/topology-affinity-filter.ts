import { defineFilter, peerEndpoint } from '@pointsman/core';
import { z } from 'zod';
import { distance, topologyReads } from './topology.ts';

const LEVELS = ['host', 'rack', 'zone', 'region'] as const;

/** Keeps endpoints that are near the endpoint of the request's other stage. Keeps all when there is no such or none is near. */
export const topologyAffinityFilter = defineFilter({
  type: 'topology-affinity-filter',
  description: 'Keeps endpoints near the endpoint of the other stage.',
  stability: 'alpha',
  params: z.strictObject({
    /** The largest thing that both may have to share. */
    minAffinity: z.enum(LEVELS).default('host'),
    /** Instance name of the plugin that knows where endpoints run. */
    topologyProducerName: z.string().default('topology-extractor'),
  }),
  reads: ({ topologyProducerName }) => topologyReads(topologyProducerName),
  create: ({ params: { minAffinity, topologyProducerName }, read, endpoints }) => {
    const column = read(topologyReads(topologyProducerName)[0]);
    const limit = LEVELS.indexOf(minAffinity);
    const reason = `not on the same ${minAffinity} as the endpoint of the other stage, nor nearer`;
    return {
      filterAll({ rows, length }, cycle, drops) {
        const peer = cycle.get(peerEndpoint);
        if (peer === undefined || !endpoints.isLive(peer)) return;
        const from = column.values[peer.row];
        let kept = 0;
        for (let i = 0; i < length; i++) if (distance(from, column.values[rows[i]!]) <= limit) kept++;
        if (kept === 0 || kept === length) return;
        for (let i = 0; i < length; i++) if (distance(from, column.values[rows[i]!]) > limit) drops.drop(i, reason);
      },
    };
  },
});
