import { expect, test } from 'vitest';
import {
  type ChatMessage,
  type ParsedRequest,
  parseRequest,
  type RequestContent,
  requestPath,
  resolveParser,
} from '../src/index.ts';
import { goldenVectors, parsersNamed } from './golden-vectors.ts';
import { refusal } from './refusal.ts';

interface Vector {
  readonly id: string;
  readonly parsers: string[];
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly expected: {
    readonly path: string;
    readonly parser?: string;
    readonly error?: string;
    readonly resolveError?: string;
    readonly [field: string]: unknown;
  };
}

const kinds: Readonly<Record<RequestContent['kind'], string>> = {
  completions: 'completions',
  chat: 'chatCompletions',
  responses: 'responses',
  conversations: 'conversations',
  embeddings: 'embeddings',
  images: 'images',
  messages: 'messages',
  tokens: 'generate',
  raw: 'raw',
};

/** Text blocks, each followed by a space. */
function plainText({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return `${content ?? ''}`;
  return content
    .map((part) => {
      if (typeof part === 'string') return `${part} `;
      return part.type === 'text' ? `${part.text} ` : '';
    })
    .join('');
}

function promptFields(content: RequestContent): Record<string, unknown> {
  switch (content.kind) {
    case 'chat':
      return { messages: content.messages.map((message) => `${message.role ?? ''}: ${plainText(message)}`) };
    case 'tokens':
      return { tokenIds: content.tokenIds };
    case 'completions':
      switch (content.prompt.form) {
        case 'text':
          return { promptCount: 0, promptText: content.prompt.text };
        case 'texts':
          return { promptCount: content.prompt.texts.length, promptText: content.prompt.texts.join(' ') };
        case 'tokens':
          return { promptCount: 0, promptText: '', tokenIds: content.prompt.tokenIds };
        default:
          throw new Error('the vectors have no lists of token lists');
      }
    default:
      return {};
  }
}

function recorded(path: string, parsed: ParsedRequest): Record<string, unknown> {
  const { api, parser, content } = parsed;
  return {
    path,
    parser,
    kind: kinds[content.kind],
    model: parsed.model ?? '',
    stream: parsed.stream,
    maxOutputTokens: parsed.maxOutputTokens ?? null,
    cacheSalt: parsed.cacheSalt ?? '',
    payload: parsed.json && parsed.supportsModelRewrite ? 'json' : 'raw',
    modelRewriteSupported: parsed.supportsModelRewrite,
    skipResponseProcessing: api === 'anthropic.count_tokens',
    ...promptFields(content),
  };
}

for (const { id, parsers: types, headers, body, expected } of goldenVectors<Vector>('request-parsing.jsonl')) {
  test(`${id} ${expected.path} ${body.slice(0, 60)}`, () => {
    const parsers = parsersNamed(types);
    const path = requestPath(headers);
    const input = { path, headers, body: Buffer.from(body), parsers };
    expect(path).toBe(expected.path);
    if (expected.resolveError !== undefined) {
      expect(resolveParser(parsers, path)).toBeUndefined();
      expect(() => parseRequest(input)).toThrow(expected.resolveError);
      return;
    }
    expect(resolveParser(parsers, path)?.type).toBe(expected.parser);
    if (expected.error !== undefined) {
      expect(refusal(() => parseRequest(input)).httpStatus).toBe(400);
      return;
    }
    const parsed = parseRequest(input);
    expect(recorded(path, parsed)).toEqual(expected);
    expect(parsed.body).toBe(input.body);
  });
}
