import { describe, expect, test } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import { openaiParser } from './openai-parser.ts';

function parse(path: string, body: unknown) {
  return openaiParser.parse({ path, headers: {}, body: Buffer.from(JSON.stringify(body)) });
}

function refused(path: string, body: unknown) {
  const { api, code, param, message, summary } = refusal(() => parse(path, body));
  return { api, code, param, message, summary };
}

test('chat: everything that is read', () => {
  const body = {
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 5,
    cache_salt: 'tenant',
    tools: [{ type: 'function' }],
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: 'Hi' }, 'there', { type: 'image_url', image_url: { url: 'u' } }],
      },
    ],
  };
  expect(parse('/v1/chat/completions', body)).toEqual({
    api: 'openai.chat',
    parser: 'openai-parser',
    model: 'm',
    stream: true,
    includeUsage: true,
    maxOutputTokens: 5,
    cacheSalt: 'tenant',
    content: { kind: 'chat', messages: body.messages, tools: body.tools },
    json: body,
    body: Buffer.from(JSON.stringify(body)),
    supportsModelRewrite: true,
  });
});

test('nothing is copied', () => {
  const body = Buffer.from('{"model":"m","messages":[{"role":"user","content":"Hi"}]}');
  const parsed = openaiParser.parse({ path: '/v1/chat/completions', headers: {}, body });
  expect(parsed.body).toBe(body);
  expect(parsed.content.kind === 'chat' && parsed.content.messages).toBe(parsed.json?.messages);
});

test.each([
  ['a', { form: 'text', text: 'a' }],
  [['a', ''], { form: 'texts', texts: ['a', ''] }],
  [[0, 4294967295], { form: 'tokens', tokenIds: [0, 4294967295] }],
  [[[1, 2], [3]], { form: 'tokenLists', tokenLists: [[1, 2], [3]] }],
])('prompt %j', (input, expected) => {
  expect(parse('/v1/completions', { prompt: input }).content).toEqual({ kind: 'completions', prompt: expected });
  expect(parse('/v1/embeddings', { input }).content).toEqual({ kind: 'embeddings', input: expected });
});

test.each([
  ['', 'prompt'],
  [[], 'prompt'],
  [7, 'prompt'],
  [{}, 'prompt'],
  [null, 'prompt'],
  [undefined, 'prompt'],
  [['a', 1], 'prompt[1]'],
  [[1, 'a'], 'prompt[1]'],
  [[1, 2.5], 'prompt[1]'],
  [[4294967296], 'prompt[0]'],
  [[-1], 'prompt[0]'],
  [[null], 'prompt[0]'],
  [[[1], [2, true]], 'prompt[1][1]'],
  [[[1], []], 'prompt[1]'],
])('no prompt: %j', (prompt, param) => {
  expect(refused('/v1/completions', { model: 'm', prompt })).toMatchObject({ code: 'invalid_request', param });
});

describe('chat messages', () => {
  const withContent = (content: unknown) => ({
    messages: [
      { role: 'user', content: 'ok' },
      { role: 'user', content },
    ],
  });

  test.each([
    [null],
    [undefined],
    [''],
    [[]],
    [['text']],
    [[{ type: 'weird', text: 5 }]],
    [[{ image_url: 'https://images.example/a.png' }]],
    [
      [
        { type: 'text', text: null },
        { type: 'input_audio', input_audio: { data: 'x', format: 'wav' } },
      ],
    ],
  ])('content %j', (content) => {
    const body = withContent(content);
    expect(parse('/v1/chat/completions', body).content).toMatchObject({
      messages: JSON.parse(JSON.stringify(body.messages)),
    });
  });

  test.each([
    [5, ''],
    [{ a: 1 }, ''],
    [[5], '[0]'],
    [[{ type: 'text', text: 5 }], '[0].text'],
    [['a', { type: 'image_url', image_url: 5 }], '[1].image_url'],
    [[{ type: 'video_url', video_url: { url: [] } }], '[0].video_url.url'],
    [[{ type: 'input_audio', input_audio: 'x' }], '[0].input_audio'],
    [[{ type: 'input_audio', input_audio: { data: 1 } }], '[0].input_audio.data'],
  ])('no content: %j', (content, where) => {
    expect(refused('/v1/chat/completions', withContent(content)).param).toBe(`messages[1].content${where}`);
  });

  test.each([[undefined], [null], [[]], ['x'], [{}]])('no messages: %j', (messages) => {
    expect(refused('/v1/chat/completions', { messages }).param).toBe('messages');
  });

  test('other fields', () => {
    const messages = [{ role: 'user', content: 'x' }];
    expect(refused('/v1/chat/completions', { messages: [1] }).param).toBe('messages[0]');
    expect(refused('/v1/chat/completions', { messages: [{ role: 5 }] }).param).toBe('messages[0].role');
    expect(refused('/v1/chat/completions', { messages, tools: {} }).param).toBe('tools');
    expect(refused('/v1/chat/completions', { messages, cache_salt: 5 }).param).toBe('cache_salt');
  });
});

test('messages say what is wrong and where; summaries are those of llm-d', () => {
  expect(refused('/v1/chat/completions', { messages: [{ role: 'user', content: 5 }] })).toEqual({
    api: 'openai.chat',
    code: 'invalid_request',
    param: 'messages[0].content',
    message: 'invalid chat completions request: messages[0].content must be a string, an array or null, not 5',
    summary: 'invalid chat completions request: must have valid messages field',
  });
  const summaryOf = (path: string) => refused(path, {}).summary;
  expect(summaryOf('/v1/completions')).toBe('invalid completions request: must have prompt field');
  expect(summaryOf('/v1/responses')).toBe('invalid responses request: must have input field');
  expect(summaryOf('/v1/conversations')).toBe('invalid conversations request: must have items field');
  expect(summaryOf('/v1/embeddings')).toBe('invalid embeddings request: must have input field');
  expect(summaryOf('/v1/images/generations')).toBe('invalid images generations request: must have prompt field');
});

test('responses, conversations, images', () => {
  expect(parse('/v1/responses', { input: '', instructions: 'i', tools: [1] }).content).toEqual({
    kind: 'responses',
    input: '',
    instructions: 'i',
    tools: [1],
  });
  const items = [{ type: 'message', role: 'user', content: { any: 'thing' } }];
  expect(parse('/v1/conversations', { items }).content).toEqual({ kind: 'conversations', items });
  expect(refused('/v1/conversations', { items: [{ type: 5 }] }).param).toBe('items[0].type');
  expect(parse('/v1/images/generations', { prompt: 'a cat' }).content).toEqual({ kind: 'images', prompt: 'a cat' });
  expect(refused('/v1/images/generations', { prompt: ['a cat'] }).param).toBe('prompt');
});

test.each([
  [{ max_completion_tokens: 3, max_tokens: 9 }, 3],
  [{ max_completion_tokens: -1, max_tokens: 9 }, 9],
  [{ max_completion_tokens: '3', max_tokens: 9.5 }, undefined],
  [{ max_tokens: 1e300 }, undefined],
  [{ max_tokens: 0 }, 0],
])('output cap of %j', (fields, expected) => {
  const messages = [{ role: 'user', content: 'x' }];
  expect(parse('/v1/chat/completions', { messages, ...fields }).maxOutputTokens).toBe(expected);
});
