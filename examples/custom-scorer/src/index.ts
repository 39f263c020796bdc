import { defineScorer } from '@pointsman/core';
import { z } from 'zod';

/** Prefers model servers in one zone. */
export const sameZone = defineScorer({
  type: 'same-zone',
  description: 'Prefers model servers in one zone.',
  category: 'affinity',
  params: z.strictObject({
    /** The zone to prefer, as in the label. */
    zone: z.string().min(1),
    /** How much a server elsewhere loses, 0..1. */
    penalty: z.number().min(0).max(1).default(0.5),
    label: z.string().default('topology.kubernetes.io/zone'),
  }),
  create: ({ params: { zone, penalty, label } }) => ({
    score: (endpoint) => (endpoint.labels[label] === zone ? 1 : 1 - penalty),
  }),
});
