import { defineFetcher, tokenizedPrompt } from '@pointsman/core';
import type { ParsedRequest, RequestContent } from '@pointsman/inference-api';
import xxhash from 'xxhash-wasm';
import { estimatePrompts } from './estimate/estimate-prompts.ts';
import type { TextHash } from './estimate/media-writer.ts';
import { PromptBytes } from './estimate/prompt-bytes.ts';
import { tokenProducerParams } from './token-producer-params.ts';

/**
 * Says which tokens a request's prompt has. Today by an estimate, four bytes a token. Reads the request that adapters
 * parse with `@pointsman/inference-api`; says nothing about requests that come otherwise or have no prompt.
 */
export const tokenProducer = defineFetcher({
  type: 'token-producer',
  aliases: ['tokenizer'],
  description: 'Says which tokens the prompt has, estimated from its bytes.',
  params: tokenProducerParams,
  writes: [tokenizedPrompt],
  create: ({ params: { estimate } }) => {
    const bytes = new PromptBytes();
    let textHash: TextHash | undefined;
    const loading = xxhash().then(({ h64 }) => {
      textHash = h64;
    });
    return {
      prepare({ request }, sink) {
        const parsed = parsedRequest(request.payload);
        if (parsed === undefined) return;
        const write = (hash: TextHash) => {
          const prompts = estimatePrompts(parsed.content, request.headers, estimate, bytes, hash);
          if (prompts !== undefined) sink.set(tokenizedPrompt, { prompts, cacheSalt: parsed.cacheSalt ?? '' });
        };
        if (textHash !== undefined) return write(textHash);
        // The first requests of a process may come before the hash function has been compiled.
        return loading.then(() => write(textHash!));
      },
    };
  },
});

type Parsed = Pick<ParsedRequest, 'content' | 'cacheSalt'>;

/** Adapters may hand over anything; only what has a content of some kind was parsed. */
function parsedRequest(payload: unknown): Parsed | undefined {
  const content = (payload as { readonly content?: Partial<RequestContent> } | null | undefined)?.content;
  return typeof content?.kind === 'string' ? (payload as Parsed) : undefined;
}
