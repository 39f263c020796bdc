import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField as field, grpcFrame as frame } from '../../test/grpc-bytes.ts';
import { refusal } from '../../test/refusal.ts';
import { createUsageReader, parseRequest, passthroughParser, vertexaiParser } from '../index.ts';

const SERVICE = '/google.cloud.aiplatform.v1.PredictionService';
const parsers = [vertexaiParser, passthroughParser];

const httpBody = (data: string, type = 'application/json') => Buffer.concat([field(1, type), field(2, data)]);
const envelope = (json: string) => Buffer.concat([field(1, 'projects/p'), field(2, httpBody(json))]);
const call = (method: string, body: Uint8Array) => parseRequest({ path: `${SERVICE}/${method}`, body, parsers });

/** What a proxy sent, and what came back, in a recorded conversation. */
const RECORDED_REQUEST =
  'AAAAAJ8KInByb2plY3RzL3AvbG9jYXRpb25zL2wvZW5kcG9pbnRzL2USeQoQYXBwbGljYXRpb24vanNvbhJleyJtb2RlbCI6Im0iLCJtZXNzYWdlcyI6W3sicm9sZSI6InN5c3RlbSIsImNvbnRlbnQiOiJCZSBicmllZi4ifSx7InJvbGUiOiJ1c2VyIiwiY29udGVudCI6IkhlbGxvPyJ9XX0=';
const RECORDED_RESPONSE =
  'AAAAALgKEGFwcGxpY2F0aW9uL2pzb24SowF7ImlkIjoiY21wbC0xIiwib2JqZWN0IjoidGV4dF9jb21wbGV0aW9uIiwibW9kZWwiOiJtIiwiY2hvaWNlcyI6W3siaW5kZXgiOjAsInRleHQiOiJIZWxsbyEifV0sInVzYWdlIjp7InByb21wdF90b2tlbnMiOjcsImNvbXBsZXRpb25fdG9rZW5zIjoxMCwidG90YWxfdG9rZW5zIjoxN319';

describe('vertexai-parser', () => {
  it('reads the chat within a recorded request, and leaves the envelope alone', () => {
    const body = Buffer.from(RECORDED_REQUEST, 'base64');
    const parsed = call('ChatCompletions', body);
    expect(parsed).toMatchObject({
      api: 'vertexai.chat',
      parser: 'vertexai-parser',
      model: 'm',
      stream: false,
      supportsModelRewrite: false,
      content: { kind: 'chat', messages: [{ role: 'system' }, { role: 'user', content: 'Hello?' }] },
    });
    expect(parsed.body).toBe(body);
  });

  it.each(['RawPredict', 'StreamRawPredict'])('takes %s for responses', (method) => {
    const body = frame(envelope('{"model":"m","input":"Hi","stream":true,"max_output_tokens":5}'));
    expect(call(method, body)).toMatchObject({
      api: 'vertexai.responses',
      stream: true,
      maxOutputTokens: 5,
      content: { kind: 'responses', input: 'Hi' },
    });
  });

  it('claims its three methods only', () => {
    expect(vertexaiParser.apiOf(`${SERVICE}/ChatCompletions/`)).toBe('vertexai.chat');
    expect(vertexaiParser.apiOf(`${SERVICE}/Predict`)).toBeUndefined();
    expect(call('Predict', frame(envelope('{}'))).parser).toBe('passthrough-parser');
    expect(
      refusal(() => vertexaiParser.parse({ path: '/Predict', headers: {}, body: frame(envelope('{}')) })).code,
    ).toBe('unsupported_path');
  });

  const chat = '{"model":"m","messages":[{"role":"user","content":"Hi"}]}';
  it.each([
    ['nothing', Buffer.alloc(0), 'invalid_grpc', /exactly one gRPC message/],
    ['half a prefix', Buffer.from([0, 0, 0]), 'invalid_grpc', /exactly one/],
    ['a message that is cut off', frame(envelope(chat)).subarray(0, 40), 'invalid_grpc', /exactly one/],
    ['two messages', Buffer.concat([frame(envelope(chat)), frame(envelope(chat))]), 'invalid_grpc', /exactly one/],
    ['bytes behind the message', Buffer.concat([frame(envelope(chat)), Buffer.from('x')]), 'invalid_grpc', /exactly/],
    ['a compressed message', frame(envelope(chat), 1), 'invalid_grpc', /compressed/],
    [
      'a length of 4 GB',
      Buffer.from([0, 255, 255, 255, 255, 1]),
      'invalid_grpc',
      /the prefix says 4294967295 bytes, 1 follow/,
    ],
    ['no protobuf', frame(Buffer.from(chat)), 'invalid_grpc', /no protobuf message/],
    ['a field that is longer than the message', frame(Buffer.from([18, 200, 1, 0])), 'invalid_grpc', /no protobuf/],
    ['a number without end', frame(Buffer.alloc(20, 255)), 'invalid_grpc', /no protobuf/],
    ['no content', frame(field(1, 'projects/p')), 'invalid_json', /^parsing ChatCompletionsRequest: /],
    ['content that is no JSON', frame(envelope('{"model":')), 'invalid_json', /^parsing ChatCompletionsRequest: /],
    ['JSON that is no chat', frame(envelope('{"model":"m"}')), 'invalid_request', /messages/],
  ] as const)('refuses %s', (_, body, code, message) => {
    const error = refusal(() => call('ChatCompletions', body));
    expect(error).toMatchObject({ code, api: 'vertexai.chat', httpStatus: 400 });
    expect(error.message).toMatch(message);
  });

  it('skips fields that it does not know', () => {
    const unknown = Buffer.from([0x18, 0x96, 0x01, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2d, 1, 2, 3, 4]);
    expect(call('ChatCompletions', frame(Buffer.concat([unknown, envelope(chat), unknown]))).model).toBe('m');
  });

  it('refuses any bytes without another kind of error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isFramed) => {
        const body = isFramed ? frame(bytes) : Buffer.from(bytes);
        expect(refusal(() => call('ChatCompletions', body)).httpStatus).toBe(400);
      }),
    );
  });
});

describe('usage of a Vertex AI response', () => {
  const usageOf = (chunks: readonly Uint8Array[], onFirstToken?: () => void) => {
    const reader = createUsageReader('vertexai.chat', { stream: false, onFirstToken });
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return reader;
  };
  const counts = { promptTokens: 7, completionTokens: 10, totalTokens: 17 };

  it('is read from a recorded response, wherever it is split', () => {
    const bytes = Buffer.from(RECORDED_RESPONSE, 'base64');
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
        expect(usageOf(chunks)).toMatchObject({ usage: counts, malformed: false });
      }),
    );
  });

  it('is read from events in several messages', () => {
    let firsts = 0;
    const events = [
      'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":7,"comple',
      'tion_tokens":10,"total_tokens":17}}\n\ndata: [DONE]\n\n',
    ].map((text) => frame(httpBody(text, 'text/event-stream; charset=utf-8')));
    const reader = usageOf(events, () => firsts++);
    expect(reader).toMatchObject({ usage: counts, streamedEvents: 2, malformed: false });
    expect(firsts).toBe(1);
  });

  it.each([
    ['compressed', frame(httpBody('{}'), 1)],
    ['cut off', frame(httpBody('{}')).subarray(0, 10)],
    ['no protobuf', frame(Buffer.from('{}'))],
  ])('is unknown, and said to be, when a message is %s', (_, bytes) => {
    expect(usageOf([bytes, bytes])).toMatchObject({ usage: undefined, malformed: true });
  });

  it('is unknown when nothing comes', () => {
    expect(usageOf([])).toMatchObject({ usage: undefined, streamedEvents: 0, malformed: false });
  });
});
