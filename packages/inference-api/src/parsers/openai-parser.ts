import { parseJsonObject } from '../json/json-body.ts';
import { includeUsageOf, modelOf, optionalList, saltOf, tokenLimit } from '../json/json-fields.ts';
import type { JsonObject } from '../json/json-object.ts';
import { chatMessages } from '../request/chat-messages.ts';
import { conversationItems } from '../request/conversation-items.ts';
import type { RequestContent } from '../request/request-content.ts';
import { invalidField, type RequestKind } from '../request/request-kind.ts';
import { textInput } from '../request/text-input.ts';
import type { Parser } from './parser.ts';
import { withoutTrailingSlash } from './resolve-parser.ts';

interface OpenAiKind extends RequestKind {
  readonly api: `openai.${string}` & RequestKind['api'];
  content(json: JsonObject): RequestContent;
  maxOutputTokens?(json: JsonObject): number | undefined;
}

const notJson = 'error unmarshaling request bodyMap';

const completions: OpenAiKind = {
  api: 'openai.completions',
  prefix: 'invalid completions request',
  summary: 'invalid completions request: must have prompt field',
  notJson,
  content: (json) => ({ kind: 'completions', prompt: textInput(json.prompt, 'prompt', completions) }),
  maxOutputTokens: (json) => tokenLimit(json.max_tokens),
};

const chat: OpenAiKind = {
  api: 'openai.chat',
  prefix: 'invalid chat completions request',
  summary: 'invalid chat completions request: must have valid messages field',
  notJson,
  content: (json) => ({
    kind: 'chat',
    messages: chatMessages(json, chat),
    tools: optionalList(json, 'tools', chat),
  }),
  maxOutputTokens: (json) => tokenLimit(json.max_completion_tokens, json.max_tokens),
};

const responses: OpenAiKind = {
  api: 'openai.responses',
  prefix: 'invalid responses request',
  summary: 'invalid responses request: must have input field',
  notJson,
  content: ({ instructions, tools, input }) => {
    if (input === undefined || input === null) throw invalidField(responses, 'input', 'given', input);
    return { kind: 'responses', instructions, tools, input };
  },
  maxOutputTokens: (json) => tokenLimit(json.max_output_tokens),
};

const conversations: OpenAiKind = {
  api: 'openai.conversations',
  prefix: 'invalid conversations request',
  summary: 'invalid conversations request: must have items field',
  notJson,
  content: (json) => ({ kind: 'conversations', items: conversationItems(json, conversations) }),
};

const embeddings: OpenAiKind = {
  api: 'openai.embeddings',
  prefix: 'invalid embeddings request',
  summary: 'invalid embeddings request: must have input field',
  notJson,
  content: (json) => ({ kind: 'embeddings', input: textInput(json.input, 'input', embeddings) }),
};

const images: OpenAiKind = {
  api: 'openai.images',
  prefix: 'invalid images generations request',
  summary: 'invalid images generations request: must have prompt field',
  notJson,
  content: ({ prompt }) => {
    if (typeof prompt !== 'string' || prompt === '') throw invalidField(images, 'prompt', 'a non-empty string', prompt);
    return { kind: 'images', prompt };
  },
};

/** Path endings and what is behind them; of two that match, the longer one comes first. */
const endings: readonly (readonly [string, OpenAiKind])[] = [
  ['chat/completions/render', chat],
  ['completions/render', completions],
  ['images/generations', images],
  ['chat/completions', chat],
  ['conversations', conversations],
  ['completions', completions],
  ['embeddings', embeddings],
  ['responses', responses],
];

/** OpenAI's completions, chat completions, responses, conversations, embeddings and images. */
export const openaiParser: Parser = {
  type: 'openai-parser',
  paths: endings.map(([ending]) => ending),
  apiOf: (path) => kindOf(path).api,
  parse({ path, headers, body }) {
    const kind = kindOf(path);
    const json = parseJsonObject(body, headers, kind);
    return {
      api: kind.api,
      parser: openaiParser.type,
      model: modelOf(json),
      stream: json.stream === true,
      maxOutputTokens: kind.maxOutputTokens?.(json),
      cacheSalt: saltOf(json, 'cache_salt', kind),
      includeUsage: includeUsageOf(json),
      content: kind.content(json),
      json,
      body,
      supportsModelRewrite: true,
    };
  },
};

/** Any path that was routed here without being claimed is taken for completions, the oldest API. */
function kindOf(path: string): OpenAiKind {
  const end = withoutTrailingSlash(path);
  return endings.find(([ending]) => end.endsWith(ending))?.[1] ?? completions;
}
