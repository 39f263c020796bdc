import { parseJsonObject } from '../json/json-body.ts';
import { includeUsageOf, modelOf, saltOf, tokenLimit } from '../json/json-fields.ts';
import { isJsonObject } from '../json/json-object.ts';
import { multimodalFeatures } from '../request/multimodal-features.ts';
import type { RequestKind } from '../request/request-kind.ts';
import { tokenIds } from '../request/token-ids.ts';
import type { Parser } from './parser.ts';

const generate: RequestKind = {
  api: 'vllm.generate',
  prefix: 'invalid generate request',
  summary: 'invalid generate request: must have non-empty token_ids field',
  notJson: 'invalid generate request',
};

/** vLLM's token-in, token-out API. */
export const vllmhttpParser: Parser = {
  type: 'vllmhttp-parser',
  paths: ['inference/v1/generate'],
  apiOf: () => generate.api,
  parse({ headers, body }) {
    const json = parseJsonObject(body, headers, generate);
    const sampling = json.sampling_params;
    return {
      api: generate.api,
      parser: vllmhttpParser.type,
      model: modelOf(json),
      stream: json.stream === true,
      maxOutputTokens: isJsonObject(sampling) ? tokenLimit(sampling.max_tokens) : undefined,
      cacheSalt: saltOf(json, 'cache_salt', generate),
      includeUsage: includeUsageOf(json),
      content: {
        kind: 'tokens',
        tokenIds: tokenIds(json.token_ids, 'token_ids', generate),
        features: multimodalFeatures(json, generate),
      },
      json,
      body,
      supportsModelRewrite: true,
    };
  },
};
