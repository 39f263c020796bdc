import { defineFetcher, tokenizedPrompt } from '@pointsman/core';
import { z } from 'zod';
import { disaggregation, judgeEach, verdictOf } from './disaggregation.ts';

/** A request with images, video or sound is worth another endpoint. Parameters are not looked at, as in the reference. */
export const alwaysDisaggMultimodalDecider = defineFetcher({
  type: 'always-disagg-multimodal-decider',
  description: 'Decider: images, video and sound are encoded by other endpoints.',
  params: z.looseObject({}),
  reads: [tokenizedPrompt],
  writes: verdictOf,
  create: ({ name, read }) => {
    const key = disaggregation(name);
    const prompt = read(tokenizedPrompt);
    return {
      prepare(cycle, sink, endpoints) {
        const hasMedia = prompt.of(cycle)?.prompts.some(({ multimodal }) => multimodal.length > 0) === true;
        judgeEach(sink, key, endpoints, () => hasMedia);
      },
    };
  },
});
