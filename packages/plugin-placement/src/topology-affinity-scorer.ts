import { defineScorer, peerEndpoint } from '@pointsman/core';
import { z } from 'zod';
import { distance, topologyReads } from './topology.ts';

/** By distance: the same host, rack, zone, region, and nothing in common. */
const SCORES = [1, 0.2, 0.05, 0.02, 0];

/** Prefers endpoints near the endpoint of the request's other stage. */
export const topologyAffinityScorer = defineScorer({
  type: 'topology-affinity-scorer',
  category: 'affinity',
  description: 'Prefers endpoints near the endpoint of the other stage.',
  stability: 'alpha',
  params: z.strictObject({
    /** Instance name of the plugin that knows where endpoints run. */
    topologyProducerName: z.string().default('topology-extractor'),
  }),
  reads: ({ topologyProducerName }) => topologyReads(topologyProducerName),
  create: ({ params: { topologyProducerName }, read, endpoints }) => {
    const column = read(topologyReads(topologyProducerName)[0]);
    return {
      scoreAll({ rows, length }, cycle, out) {
        const peer = cycle.get(peerEndpoint);
        const from = peer !== undefined && endpoints.isLive(peer) ? column.values[peer.row] : undefined;
        for (let i = 0; i < length; i++) out[i] = SCORES[distance(from, column.values[rows[i]!])]!;
      },
    };
  },
});
