import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenIds, tokenTexts } from '../../src/sim/model/tokenize.ts';
import { mooncakeSlice, PromptWriter } from '../../src/workload/index.ts';

describe('tokens', () => {
  it('of a prompt for a trace are as many as the trace says, and shared as it says', () => {
    const writer = new PromptWriter();
    const requests = mooncakeSlice().slice(0, 40);
    const prompts = requests.map((request) => tokenIds(writer.write(request)));
    for (const [i, request] of requests.entries()) expect(prompts[i]).toHaveLength(request.promptTokens);
    for (let i = 1; i < requests.length; i++) {
      let shared = 0;
      while (shared < requests[i]!.blocks.length && requests[i]!.blocks[shared] === requests[0]!.blocks[shared])
        shared++;
      const tokens = Math.min(shared * 512, prompts[i]!.length, prompts[0]!.length);
      expect(prompts[i]!.subarray(0, tokens)).toEqual(prompts[0]!.subarray(0, tokens));
    }
  });

  it('of a text are a prefix of those of a longer one', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}[.,!]? $/);
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (head, tail) => {
        const ids = tokenIds(head.join(''));
        expect(tokenIds([...head, ...tail].join('')).subarray(0, ids.length)).toEqual(ids);
      }),
    );
  });

  it('are as many as their texts, which give the text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const texts = tokenTexts(text);
        expect(texts).toHaveLength(tokenIds(text).length);
        if (texts.length > 0) expect(texts.join('')).toBe(text);
      }),
    );
  });
});
