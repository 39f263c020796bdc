import { ApiError } from '../errors/api-error.ts';
import type { InferenceApi } from '../inference-api.ts';
import { parseJsonObject } from '../json/json-body.ts';
import { modelOf, saltOf, tokenLimit } from '../json/json-fields.ts';
import { anthropicMessages, anthropicSystem, anthropicTools } from '../request/anthropic-messages.ts';
import type { ParsedRequest } from '../request/parsed-request.ts';
import type { RequestKind } from '../request/request-kind.ts';
import type { Parser, ParserInput } from './parser.ts';

const messages: RequestKind = {
  api: 'anthropic.messages',
  prefix: 'invalid messages request',
  summary: 'invalid messages request: must have at least one message',
  notJson: 'error unmarshaling request body',
};

/**
 * Anthropic's messages and count_tokens. The body of count_tokens is not read: it is placed like any other request,
 * and the model server alone judges it.
 */
export const anthropicParser: Parser = {
  type: 'anthropic-parser',
  paths: ['messages/count_tokens', 'messages'],
  apiOf,
  parse(input) {
    switch (apiOf(input.path)) {
      case 'anthropic.messages':
        return parseMessages(input);
      case 'anthropic.count_tokens':
        return {
          api: 'anthropic.count_tokens',
          parser: anthropicParser.type,
          stream: false,
          content: { kind: 'raw' },
          json: undefined,
          body: input.body,
          supportsModelRewrite: true,
        };
      default:
        throw new ApiError({
          code: 'unsupported_path',
          message: `unsupported API endpoint: ${input.path}`,
          api: 'anthropic.messages',
        });
    }
  },
};

/** Stricter than the claimed endings: other products have paths that end in `messages` or `messages/`. */
function apiOf(path: string): InferenceApi | undefined {
  if (path.endsWith('/messages')) return 'anthropic.messages';
  if (path.endsWith('/messages/count_tokens')) return 'anthropic.count_tokens';
  return undefined;
}

function parseMessages({ headers, body }: ParserInput): ParsedRequest {
  const json = parseJsonObject(body, headers, messages);
  return {
    api: 'anthropic.messages',
    parser: anthropicParser.type,
    model: modelOf(json),
    stream: json.stream === true,
    maxOutputTokens: tokenLimit(json.max_tokens),
    cacheSalt: saltOf(json, 'cache_salt', messages),
    content: {
      kind: 'messages',
      system: anthropicSystem(json, messages),
      messages: anthropicMessages(json, messages),
      tools: anthropicTools(json, messages),
    },
    json,
    body,
    supportsModelRewrite: true,
  };
}
