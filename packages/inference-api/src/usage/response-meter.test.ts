import { describe, expect, it } from 'vitest';
import { bytesField, grpcFrame } from '../../test/grpc-bytes.ts';
import { ResponseMeter } from './response-meter.ts';

const chunk = (text: string) => new TextEncoder().encode(text);
const event = (fields: object) => chunk(`data: ${JSON.stringify(fields)}\n\n`);

function listening() {
  const heard: string[] = [];
  return {
    heard,
    firstToken: () => void heard.push('first token'),
    tokens: (count: number) => void heard.push(`${count} tokens`),
  };
}

describe('a response meter', () => {
  it('tells of a stream while it passes, and what it cost at the end', () => {
    const listener = listening();
    const head = { status: 200, headers: { 'content-type': 'text/event-stream' } };
    const meter = ResponseMeter.for(listener, 'openai.chat', head)!;
    meter.push(event({ choices: [{ delta: { role: 'assistant', content: '' } }] }));
    meter.push(event({ choices: [{ delta: { content: 'Hi' } }] }));
    const usage = { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } };
    meter.push(event({ choices: [], usage }));
    expect(listener.heard).toEqual(['1 tokens', 'first token', '2 tokens', '3 tokens']);
    expect(meter.finish()).toEqual({ promptTokens: 9, cachedTokens: 8, outputTokens: 2 });
  });

  it('tells of a whole response what it cost', () => {
    const listener = listening();
    const head = { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'identity' } };
    const meter = ResponseMeter.for(listener, 'openai.completions', head)!;
    meter.push(chunk('{"choices":[],"usage":{"prompt_tokens":3,'));
    meter.push(chunk('"completion_tokens":4}}'));
    expect(meter.finish()).toMatchObject({ promptTokens: 3, outputTokens: 4 });
    expect(listener.heard).toEqual([]);
  });

  it('tells of a stream within messages of gRPC', () => {
    const listener = listening();
    const head = { status: 200, headers: { 'content-type': 'application/grpc' } };
    const meter = ResponseMeter.for(listener, 'vertexai.responses', head)!;
    const body = (text: string) => grpcFrame(Buffer.concat([bytesField(1, 'text/event-stream'), bytesField(2, text)]));
    meter.push(body('data: {"type":"response.output_text.delta","delta":"Hi"}\n\n'));
    expect(listener.heard).toEqual(['first token', '1 tokens']);
  });

  it.each([
    ['an error', 'openai.chat', { status: 429, headers: {} }],
    ['a compressed body', 'openai.chat', { status: 200, headers: { 'content-encoding': 'gzip' } }],
    ['what nobody understood', 'raw', { status: 200, headers: {} }],
    ['a count of tokens', 'anthropic.count_tokens', { status: 200, headers: {} }],
  ] as const)('is not there for %s', (_, api, head) => {
    expect(ResponseMeter.for(listening(), api, head)).toBeUndefined();
  });
});
