import {
  defineProfileHandler,
  type HandlerCycle,
  type HandlerResult,
  type ProfileResult,
  peerEndpoint,
  type RunProfile,
} from '@pointsman/core';
import { decisionCounter } from './decision-counter.ts';
import { disaggProfileParams } from './disagg-profile-params.ts';
import { disaggregation } from './disaggregation.ts';
import { runDecode } from './run-decode.ts';
import { Stage } from './stage.ts';
import { setStageHeaders } from './stage-headers.ts';

type Cycle = HandlerCycle<readonly [], readonly [typeof peerEndpoint]>;

/**
 * Splits a request: one endpoint answers it, another may compute its prompt, others may encode its images. The decode
 * profile chooses who answers; the prefill and encode profiles run when their deciders want them, and what they choose are
 * companions of the decision. Where a stage finds nobody, the endpoint that answers does it.
 */
export const disaggProfileHandler = defineProfileHandler({
  type: 'disagg-profile-handler',
  description: 'Splits requests: one endpoint answers, others may compute the prompt and encode its images.',
  params: disaggProfileParams,
  reads: ({ deciders }) =>
    Object.values(deciders).flatMap((decider) => (decider === undefined ? [] : [disaggregation(decider)])),
  writes: [peerEndpoint],
  create: ({ params: { stageOrder, profiles, deciders }, name, pool, metrics, read }) => {
    const stageOf = (role: 'prefill' | 'encode') => {
      const decider = deciders[role];
      const verdicts = decider === undefined ? undefined : read(disaggregation(decider));
      return new Stage({ role, profile: profiles[role], decider, verdicts });
    };
    const prefill = stageOf('prefill');
    const encode = stageOf('encode');
    const count = decisionCounter(metrics, pool, name);

    function decodeFirst(cycle: Cycle, run: RunProfile): HandlerResult | undefined {
      const primary = runDecode(cycle, run, profiles.decode);
      if (primary === undefined) return undefined;
      const encoding = encode.isWanted(cycle, primary.target) ? encode.run(cycle, run) : undefined;
      if (!prefill.isWanted(cycle, primary.target)) return withCompanions(primary, undefined, encoding);
      cycle.set(peerEndpoint, primary.target);
      return withCompanions(primary, prefill.run(cycle, run), encoding);
    }

    function prefillFirst(cycle: Cycle, run: RunProfile): HandlerResult | undefined {
      const prefilling = prefill.isConfigured(cycle) ? prefill.run(cycle, run) : undefined;
      let encoding: ProfileResult | undefined;
      if (prefilling !== undefined) {
        if (encode.isWanted(cycle, prefilling.target)) encoding = encode.run(cycle, run);
        cycle.set(peerEndpoint, prefilling.target);
      }
      const primary = runDecode(cycle, run, profiles.decode);
      if (primary === undefined) return undefined;
      // Nobody prefills: what the encoders make goes to the endpoint that answers.
      if (prefilling === undefined && encode.isWanted(cycle, primary.target)) encoding = encode.run(cycle, run);
      return withCompanions(primary, prefilling, encoding);
    }

    return {
      handle: stageOrder === 'prefill-first' ? prefillFirst : decodeFirst,
      postChoice(cycle, decision) {
        setStageHeaders(cycle, decision, profiles);
        count(decision);
      },
    };
  },
});

function withCompanions(
  primary: ProfileResult,
  prefill: ProfileResult | undefined,
  encode: ProfileResult | undefined,
): HandlerResult {
  const companions = { ...(prefill === undefined ? {} : { prefill }), ...(encode === undefined ? {} : { encode }) };
  return { primary, companions };
}
