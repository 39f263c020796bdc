import { ApiError } from '../errors/api-error.ts';
import { parseJsonObject } from '../json/json-body.ts';
import { modelOf, saltOf, tokenLimit } from '../json/json-fields.ts';
import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import { invalidField, type RequestKind } from '../request/request-kind.ts';
import { tokenIds } from '../request/token-ids.ts';
import type { Parser } from './parser.ts';
import { withoutTrailingSlash } from './resolve-parser.ts';

const generate: RequestKind = {
  api: 'sglang.generate',
  prefix: 'invalid generate request',
  summary: 'invalid generate request: input_ids must be provided',
  notJson: 'invalid generate request',
};

/** SGLang's native generate API, for one prompt of token ids. Its `extra_key` separates caches: the cache salt. */
export const sglanghttpParser: Parser = {
  type: 'sglanghttp-parser',
  paths: ['generate'],
  apiOf: (path) => (isGeneratePath(path) ? generate.api : undefined),
  parse({ path, headers, body }) {
    if (!isGeneratePath(path)) {
      throw new ApiError({ code: 'unsupported_path', message: `unsupported path: ${path}`, api: generate.api });
    }
    const json = parseJsonObject(body, headers, generate);
    const sampling = json.sampling_params;
    return {
      api: generate.api,
      parser: sglanghttpParser.type,
      model: modelOf(json),
      stream: streamOf(json),
      maxOutputTokens: isJsonObject(sampling) ? tokenLimit(sampling.max_new_tokens) : undefined,
      cacheSalt: saltOf(json, 'extra_key', generate),
      content: { kind: 'tokens', tokenIds: tokenIds(json.input_ids, 'input_ids', generate), features: [] },
      json,
      body,
      // The server serves one model and takes no name.
      supportsModelRewrite: false,
    };
  },
};

function isGeneratePath(path: string): boolean {
  const end = withoutTrailingSlash(path);
  return end === '/generate' || end === 'generate';
}

function streamOf({ stream }: JsonObject): boolean {
  if (stream === undefined || stream === null) return false;
  if (typeof stream !== 'boolean') throw invalidField(generate, 'stream', 'a boolean', stream);
  return stream;
}
