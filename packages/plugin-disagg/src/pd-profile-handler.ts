import { defineProfileHandler } from '@pointsman/core';
import { z } from 'zod';
import { decisionCounter } from './decision-counter.ts';
import { disaggregation } from './disaggregation.ts';
import { nameOr } from './name-or.ts';
import { runDecode } from './run-decode.ts';
import { Stage } from './stage.ts';

/** Names the chosen endpoint to the front door of its machine. */
const RANK = 'x-data-parallel-host-port';

const ignored = z.string().optional();

/** Prefill and decode as older configurations have it: without encoders, and without headers for the stages. */
export const pdProfileHandler = defineProfileHandler({
  type: 'pd-profile-handler',
  description: 'Splits requests into prefill and decode, as older configurations do; prefer disagg-profile-handler.',
  params: z.strictObject({
    /** Profile that chooses who answers; blank for the default. */
    decodeProfile: nameOr('decode'),
    /** Profile that chooses who computes the prompt; blank for the default. */
    prefillProfile: nameOr('prefill'),
    /** Instance name of the plugin that decides whether another endpoint computes the prompt; blank for the default. */
    deciderPluginName: nameOr('prefix-based-pd-decider'),
    /** Port of the front door that requests go to, on the address of the endpoint that answers; 0 for its own port. */
    primaryPort: z.int().min(0).max(65_535).default(0),
    /** Without effect, as in the reference: the decider knows. */
    prefixMatchInfoProducerName: ignored,
    /** Without effect, as in the reference. */
    prefixPluginType: ignored,
    /** Without effect, as in the reference. */
    prefixPluginName: ignored,
  }),
  reads: ({ deciderPluginName }) => [disaggregation(deciderPluginName)],
  create: ({ params, name, pool, metrics, endpoints, read }) => {
    const { decodeProfile, prefillProfile: profile, deciderPluginName: decider, primaryPort } = params;
    const prefill = new Stage({ role: 'prefill', profile, decider, verdicts: read(disaggregation(decider)) });
    const count = decisionCounter(metrics, pool, name);
    const port = primaryPort === 0 ? undefined : primaryPort;
    return {
      handle(cycle, run) {
        const primary = runDecode(cycle, run, decodeProfile);
        if (primary === undefined) return undefined;
        const prefilling = prefill.isWanted(cycle, primary.target) ? prefill.run(cycle, run) : undefined;
        return prefilling === undefined ? { primary, port } : { primary, port, companions: { prefill: prefilling } };
      },
      postChoice(_cycle, decision) {
        if (port !== undefined) {
          // The target has the port of the front door already.
          const rank = endpoints.byId(decision.target.id) ?? decision.target;
          decision.setHeader(RANK, rank.hostPort);
        }
        count(decision);
      },
    };
  },
});
