import { defineScorer, inFlightLoad } from '@pointsman/core';
import { z } from 'zod';
import { inFlightLoadProducerName } from './inflight-producer-name.ts';
import { unitScore } from './unit-score.ts';

/**
 * Prefers endpoints with few requests of this scheduler in flight. Up to `idleThreshold` requests give 1; beyond it
 * the score is (max - requests) / max x `maxBusyScore`, with the maximum over the candidates, so that the busiest gets 0.
 */
export const activeRequestScorer = defineScorer({
  type: 'active-request-scorer',
  category: 'distribution',
  description: 'Prefers endpoints with few requests of this scheduler in flight.',
  params: z.strictObject({
    /** So many requests still count as idle. Negative values mean 0. */
    idleThreshold: z
      .int()
      .default(0)
      .transform((value) => Math.max(0, value)),
    /** Best score of an endpoint that is not idle, 0..1. Values outside mean 1. */
    maxBusyScore: z
      .number()
      .nullable()
      .default(1)
      .transform((value) => (value !== null && value >= 0 && value <= 1 ? value : 1)),
    inFlightLoadProducerName,
    /** Without effect: a reservation lives as long as its call. */
    requestTimeout: z.string().optional(),
  }),
  reads: (params) => [inFlightLoad(params.inFlightLoadProducerName)],
  create: ({ params, read }) => {
    const load = read(inFlightLoad(params.inFlightLoadProducerName));
    const { idleThreshold, maxBusyScore } = params;
    return {
      scoreAll(candidates, _cycle, out) {
        const { requests } = load.fields;
        const { rows, length } = candidates;
        let max = 0;
        for (let i = 0; i < length; i++) {
          const count = requests[rows[i]!]!;
          if (count > max && count < Number.POSITIVE_INFINITY) max = count;
        }
        for (let i = 0; i < length; i++) {
          const count = requests[rows[i]!]!;
          out[i] = count <= idleThreshold ? 1 : unitScore(((max - count) / max) * maxBusyScore);
        }
      },
    };
  },
});
