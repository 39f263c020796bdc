import { expect, test } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import { anthropicParser } from './anthropic-parser.ts';

function parse(body: unknown, path = '/v1/messages') {
  return anthropicParser.parse({ path, headers: {}, body: Buffer.from(JSON.stringify(body)) });
}

const paramOf = (body: unknown) => refusal(() => parse(body)).param;
const messages = [{ role: 'user', content: 'Hi' }];

test('everything that is read', () => {
  const body = {
    model: 'm',
    max_tokens: 10,
    stream: true,
    cache_salt: 's',
    system: [{ type: 'text', text: 'Be brief.' }],
    tools: [{ name: 'f', description: 'does f', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'tool_use', id: 't', name: 'f', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: '42' }] }] },
    ],
  };
  expect(parse(body)).toMatchObject({
    api: 'anthropic.messages',
    model: 'm',
    stream: true,
    maxOutputTokens: 10,
    cacheSalt: 's',
    content: { kind: 'messages', system: body.system, messages: body.messages, tools: body.tools },
    supportsModelRewrite: true,
  });
});

test('blocks of other types are left to the model server', () => {
  const content = [
    { type: 'search_result', source: 'https://pages.example', content: [{ type: 'text', text: 'x' }] },
    { type: 'web_search_tool_result', content: { type: 'web_search_tool_result_error', error_code: 'x' } },
  ];
  expect(parse({ messages: [{ role: 'user', content }] }).content).toMatchObject({ messages: [{ content }] });
});

test.each([
  [{}, 'messages'],
  [{ messages: [] }, 'messages'],
  [{ messages: ['x'] }, 'messages[0]'],
  [{ messages: [{ role: 1 }] }, 'messages[0].role'],
  [{ messages: [{ content: { a: 1 } }] }, 'messages[0].content'],
  [{ messages: [{ content: ['x'] }] }, 'messages[0].content[0]'],
  [{ messages: [{ content: [{ type: 'text', text: 1 }] }] }, 'messages[0].content[0].text'],
  [{ messages: [{ content: [{ type: 'thinking', thinking: 1 }] }] }, 'messages[0].content[0].thinking'],
  [{ messages: [{ content: [{ type: 'tool_use', name: [] }] }] }, 'messages[0].content[0].name'],
  [{ messages: [{ content: [{ type: 'image', source: 'x' }] }] }, 'messages[0].content[0].source'],
  [{ messages: [{ content: [{ type: 'image', source: { data: 1 } }] }] }, 'messages[0].content[0].source.data'],
  [{ messages: [{ content: [{ type: 'tool_result', content: 5 }] }] }, 'messages[0].content[0].content'],
  [
    { messages: [{ content: [{ type: 'tool_result', content: [{ type: 'text', text: {} }] }] }] },
    'messages[0].content[0].content[0].text',
  ],
  [{ messages, system: 5 }, 'system'],
  [{ messages, system: [5] }, 'system[0]'],
  [{ messages, tools: {} }, 'tools'],
  [{ messages, tools: [5] }, 'tools[0]'],
  [{ messages, tools: [{ name: 5 }] }, 'tools[0].name'],
  [{ messages, cache_salt: [] }, 'cache_salt'],
])('refused: %j', (body, param) => {
  expect(paramOf(body)).toBe(param);
});

test('count_tokens is not read', () => {
  const body = Buffer.from('garbage');
  expect(anthropicParser.parse({ path: '/v1/messages/count_tokens', headers: {}, body })).toEqual({
    api: 'anthropic.count_tokens',
    parser: 'anthropic-parser',
    stream: false,
    content: { kind: 'raw' },
    json: undefined,
    body,
    supportsModelRewrite: true,
  });
});

test.each(['/v1/messages/', '/v1/xmessages', 'messages', '/v1/messages/count_tokens/'])('no endpoint: %s', (path) => {
  expect(refusal(() => parse({ messages }, path))).toMatchObject({
    code: 'unsupported_path',
    message: `unsupported API endpoint: ${path}`,
    api: 'anthropic.messages',
  });
  expect(anthropicParser.apiOf(path)).toBeUndefined();
});
