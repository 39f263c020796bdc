import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonObjectText, splitAt } from '../../test/json-text.ts';
import type { InferenceApi } from '../inference-api.ts';
import { createUsageReader } from './create-usage-reader.ts';
import { isEventStream } from './event-stream.ts';

interface Seen {
  readonly usage: unknown;
  readonly events: number;
  readonly malformed: boolean;
  /** Index of the chunk with the first token. */
  readonly firstTokenIn: number | undefined;
}

function read(api: InferenceApi, stream: boolean, chunks: readonly (string | Uint8Array)[]): Seen {
  let firstTokenIn: number | undefined;
  let calls = 0;
  let current = 0;
  const onFirstToken = () => {
    firstTokenIn = current;
    calls++;
  };
  const reader = createUsageReader(api, { stream, onFirstToken });
  for (; current < chunks.length; current++) reader.push(Buffer.from(chunks[current]!));
  reader.end();
  expect(calls).toBeLessThanOrEqual(1);
  return { usage: reader.usage, events: reader.streamedEvents, malformed: reader.malformed, firstTokenIn };
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object) => event({ choices: [{ index: 0, delta: fields }], usage: null });

describe('streams', () => {
  const usage = {
    prompt_tokens: 7,
    completion_tokens: 2,
    total_tokens: 9,
    prompt_tokens_details: { cached_tokens: 0 },
  };
  const chat = [
    delta({ role: 'assistant', content: '' }),
    delta({ content: 'the "usage": {"prompt_tokens":1}' }),
    delta({ content: ' of it' }),
    event({ choices: [], usage }),
    'data: [DONE]\n\n',
  ];
  const expected = { promptTokens: 7, completionTokens: 2, totalTokens: 9, cachedTokens: 0 };

  test('chat: usage, events and the first token', () => {
    expect(read('openai.chat', true, chat)).toEqual({ usage: expected, events: 4, malformed: false, firstTokenIn: 1 });
  });

  test('nothing depends on how the stream is split', () => {
    const bytes = Buffer.from(chat.join('').replaceAll('\n', '\r\n'));
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        const seen = read('openai.chat', true, splitAt(bytes, places));
        expect(seen).toMatchObject({ usage: expected, events: 4, malformed: false });
      }),
    );
  });

  test('counts that grow: the last ones hold', () => {
    const growing = [1, 2, 3].map((n) =>
      event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: n, total_tokens: 5 + n } }),
    );
    expect(read('openai.chat', true, [growing.join('')]).usage).toEqual({
      promptTokens: 5,
      completionTokens: 3,
      totalTokens: 8,
    });
  });

  test('usage is read without the space after the colon', () => {
    const seen = read('openai.completions', true, [
      'data:{"choices":[],"usage" : {"prompt_tokens":1,"completion_tokens":2}}\n\n',
    ]);
    expect(seen).toMatchObject({ usage: { promptTokens: 1, completionTokens: 2 }, events: 0 });
  });

  test('responses: the final event counts', () => {
    const response = {
      usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7, input_tokens_details: { cached_tokens: 2 } },
    };
    const stream = [
      event({ type: 'response.created', response: { usage: null } }),
      event({ type: 'response.output_text.delta', delta: 'Hi' }),
      event({ type: 'response.incomplete', response }),
    ];
    expect(read('openai.responses', true, stream)).toEqual({
      usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7, cachedTokens: 2 },
      events: 3,
      malformed: false,
      firstTokenIn: 1,
    });
  });

  test('anthropic: usage comes in two parts', () => {
    const stream = [
      `event: message_start\n${event({ type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 3 } } })}`,
      event({ type: 'ping' }),
      event({ type: 'content_block_start', content_block: { type: 'text', text: '' } }),
      event({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }),
      event({ type: 'message_delta', usage: { output_tokens: 8 } }),
    ];
    expect(read('anthropic.messages', true, stream)).toEqual({
      usage: { promptTokens: 5, cachedTokens: 3, completionTokens: 8, totalTokens: 13 },
      events: 0,
      malformed: false,
      firstTokenIn: 3,
    });
  });

  test.each<[string, InferenceApi, object, object]>([
    [
      'chat, reasoning',
      'openai.chat',
      { choices: [{ delta: { content: null } }] },
      { choices: [{ delta: { reasoning_content: 'h' } }] },
    ],
    [
      'chat, tool call',
      'openai.chat',
      { choices: [{ delta: { tool_calls: [] } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0 }] } }] },
    ],
    ['completions', 'openai.completions', { choices: [{ text: '' }] }, { choices: [{ text: 'x' }] }],
    [
      'responses',
      'openai.responses',
      { type: 'response.output_item.added' },
      { type: 'response.function_call_arguments.delta', delta: '{' },
    ],
    [
      'anthropic, tool',
      'anthropic.messages',
      { type: 'message_start', message: {} },
      { type: 'content_block_start', content_block: { type: 'tool_use' } },
    ],
    ['vllm', 'vllm.generate', { choices: [{ token_ids: [] }] }, { choices: [{ token_ids: [5] }] }],
    ['sglang', 'sglang.generate', { text: '', meta_info: {} }, { text: 'x', meta_info: {} }],
    ['sglang, ids', 'sglang.generate', { output_ids: [], meta_info: {} }, { output_ids: [1], meta_info: {} }],
  ])('first token of %s', (_, api, without, withContent) => {
    expect(read(api, true, [': hello\n\n', event(without), event(withContent), event(withContent)]).firstTokenIn).toBe(
      2,
    );
    expect(read(api, true, [event(without), 'data: [DONE]\n\n']).firstTokenIn).toBeUndefined();
  });

  test('a broken event is noted only where usage was due', () => {
    expect(read('openai.chat', true, ['data: {"choices":\n\n'])).toMatchObject({
      usage: undefined,
      events: 1,
      malformed: false,
    });
    expect(read('openai.chat', true, ['data: {"usage":{"prompt_tokens":1\n\n'])).toMatchObject({
      usage: undefined,
      malformed: true,
    });
    expect(read('openai.chat', true, ['data: "usage"\n\ndata: ["usage"]\n\n'])).toMatchObject({
      usage: undefined,
      malformed: false,
    });
  });

  test('usage of one event says nothing about the next in the same chunk', () => {
    const chunk = `${event({ usage: { prompt_tokens: 1, completion_tokens: 1 } })}data: {"choices":\n\n`;
    expect(read('openai.chat', true, [chunk])).toMatchObject({
      usage: { promptTokens: 1 },
      events: 2,
      malformed: false,
    });
  });

  test('a stream that breaks off keeps what it said', () => {
    expect(
      read('openai.chat', true, [event({ usage: { prompt_tokens: 1, completion_tokens: 1 } }), 'data: {"cho']),
    ).toMatchObject({
      usage: { promptTokens: 1, completionTokens: 1 },
      events: 2,
    });
  });
});

describe('whole answers', () => {
  const usageText = fc.constantFrom('{"prompt_tokens":4,"completion_tokens":2}', 'null', '7', '{}');
  const bodies = fc.tuple(jsonObjectText('"usage"'), fc.option(usageText), fc.boolean()).map(([body, usage, atEnd]) => {
    const at = atEnd ? body.lastIndexOf('}') : body.indexOf('{') + 1;
    const isEmpty = /^\s*\{\s*\}\s*$/.test(body);
    if (usage === null) return body;
    const field = atEnd ? `${isEmpty ? '' : ','}"usage":${usage}` : `"usage":${usage}${isEmpty ? '' : ','}`;
    return body.slice(0, at) + field + body.slice(at);
  });

  test('the usage is that of the parsed answer, however it is split', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 6 }), (body, places) => {
        const { usage: value } = JSON.parse(body);
        const seen = read('openai.chat', false, splitAt(Buffer.from(body), places));
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        expect(seen.usage !== undefined).toBe(isObject);
        expect(seen.malformed).toBe(value !== undefined && value !== null && !isObject);
        if (isObject && value.prompt_tokens === 4)
          expect(seen.usage).toMatchObject({ promptTokens: 4, completionTokens: 2 });
      }),
      { numRuns: 500 },
    );
  });

  test('the end of a huge answer is enough', () => {
    const chunks = Array.from({ length: 200 }, () => Buffer.alloc(64 * 1024, 'x'));
    const end = '"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4},"extra":null}';
    const seen = read('openai.chat', false, ['{"choices":[{"message":{"content":"', ...chunks, end]);
    expect(seen).toMatchObject({ usage: { promptTokens: 3, completionTokens: 1, totalTokens: 4 }, malformed: false });
    expect(read('openai.chat', false, ['{"a":"', ...chunks, '"}'])).toMatchObject({
      usage: undefined,
      malformed: false,
    });
  });

  test('an answer that is not JSON, or breaks off, has no usage', () => {
    expect(read('openai.chat', false, ['<html>'])).toMatchObject({ usage: undefined, malformed: true });
    expect(read('openai.chat', false, ['{"usage":{"prompt_tokens":3}'])).toMatchObject({
      usage: undefined,
      malformed: true,
    });
    expect(read('openai.chat', false, [])).toMatchObject({ usage: undefined, malformed: false });
  });

  test('the field may be escaped', () => {
    expect(read('openai.chat', false, ['{"us\\u0061ge":{"prompt_tokens":2}}']).usage).toMatchObject({
      promptTokens: 2,
    });
  });

  test('strings and floats are read leniently', () => {
    const body = '{"usage":{"prompt_tokens":"12","completion_tokens":3.9,"total_tokens":-1}}';
    expect(read('openai.completions', false, [body]).usage).toEqual({
      promptTokens: 12,
      completionTokens: 3,
      totalTokens: 0,
    });
  });
});

test.each<InferenceApi>(['raw', 'anthropic.count_tokens'])('%s reports nothing', (api) => {
  const body = '{"usage":{"prompt_tokens":1,"completion_tokens":1}}';
  const nothing = { usage: undefined, events: 0, malformed: false, firstTokenIn: undefined };
  expect(read(api, false, [body])).toEqual(nothing);
  expect(read(api, true, [`data: ${body}\n\n`])).toEqual(nothing);
});

test.each([
  ['text/event-stream', true],
  ['TEXT/EVENT-STREAM; charset=utf-8', true],
  ['text/event-streams', false],
  ['application/json; note=text/event-stream', false],
  [undefined, false],
])('event stream: %s', (contentType, expected) => {
  expect(isEventStream(contentType)).toBe(expected);
});
