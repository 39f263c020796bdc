import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import { ApiError } from '../errors/api-error.ts';
import { defaultParsers } from '../parsers/default-parsers.ts';
import { openaiParser } from '../parsers/openai-parser.ts';
import { sglanghttpParser } from '../parsers/sglanghttp-parser.ts';
import { parseRequest } from './parse-request.ts';
import { requestPath } from './request-path.ts';

const chatPath = '/v1/chat/completions';
const paths = [
  chatPath,
  '/v1/completions',
  '/v1/responses',
  '/v1/conversations',
  '/v1/embeddings',
  '/v1/images/generations',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/inference/v1/generate',
  '/generate',
  '/v1/unknown',
];
const allParsers = [sglanghttpParser, ...defaultParsers];
const codeOf = (path: string, body: string | Uint8Array) =>
  refusal(() => parseRequest({ path, body: Buffer.from(body) })).code;

test('the query string plays no part in choosing the parser', () => {
  const body = Buffer.from('{"model":"m","prompt":"x"}');
  expect(parseRequest({ path: '/v1/completions?a=/v1/messages', body }).api).toBe('openai.completions');
});

test('without a parser for the path', () => {
  const error = refusal(() =>
    parseRequest({ path: '/v1/rerank?x=1', body: Buffer.from('{}'), parsers: [openaiParser] }),
  );
  expect(error).toMatchObject({
    httpStatus: 400,
    code: 'unsupported_path',
    message: 'no parser registered matching path suffix for: /v1/rerank',
    api: undefined,
  });
});

describe('hostile bodies', () => {
  test.each([
    ['empty', ''],
    ['text', 'no healthy upstream'],
    ['truncated', '{"model":"m","messages":[{"role"'],
    ['two values', '{} {}'],
    ['trailing comma', '{"a":1,}'],
    ['byte order mark', '\ufeff{"prompt":"x"}'],
    ['array', '[{"prompt":"x"}]'],
    ['number', '5'],
  ])('%s', (_, body) => {
    expect(codeOf(chatPath, body)).toBe('invalid_json');
  });

  test('the complaint does not quote the body', () => {
    const secret = 'my password is 12345';
    const { message } = refusal(() => parseRequest({ path: chatPath, body: Buffer.from(`{"a": ${secret}`) }));
    expect(message).toMatch(/^error unmarshaling request bodyMap: Unexpected token/);
    expect(message).not.toContain('password');
  });

  test('null is an object without fields', () => {
    expect(refusal(() => parseRequest({ path: '/v1/completions', body: Buffer.from('null') }))).toMatchObject({
      code: 'invalid_request',
      param: 'prompt',
    });
  });

  test('not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(codeOf('/v1/completions', body)).toBe('invalid_encoding');
    expect(codeOf('/v1/messages', body)).toBe('invalid_encoding');
  });

  test('cut anywhere', () => {
    const body = Buffer.from('{"model":"m","prompt":"naïve 東京","stream":true}');
    for (let length = 0; length < body.length; length++) {
      expect(['invalid_json', 'invalid_encoding']).toContain(codeOf('/v1/completions', body.subarray(0, length)));
    }
  });

  test('compressed', () => {
    const body = gzipSync('{"model":"m","prompt":"x"}');
    const headers = { 'content-encoding': 'gzip' };
    expect(refusal(() => parseRequest({ path: '/v1/completions', headers, body }))).toMatchObject({
      httpStatus: 415,
      code: 'unsupported_media_type',
    });
    expect(parseRequest({ path: '/v1/unknown', headers, body }).api).toBe('raw');
    const plain = Buffer.from('{"model":"m","prompt":"x"}');
    expect(
      parseRequest({ path: '/v1/completions', headers: { 'content-encoding': 'Identity' }, body: plain }).model,
    ).toBe('m');
  });

  test('of repeated keys the last counts', () => {
    const body = Buffer.from('{"model":"a","prompt":"x","model":"b","prompt":"y"}');
    expect(parseRequest({ path: '/v1/completions', body })).toMatchObject({
      model: 'b',
      content: { prompt: { text: 'y' } },
    });
  });

  test('__proto__ is a key like any other', () => {
    expect(codeOf('/v1/completions', '{"__proto__":{"prompt":"x","model":"m"}}')).toBe('invalid_request');
  });

  test('100,000 levels deep', () => {
    const nested = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
    const arrays = nested('[', ']');
    const objects = `${'{"content":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    const parse = (path: string, body: string) => parseRequest({ path, body: Buffer.from(body), parsers: allParsers });
    expect(
      parse(chatPath, `{"messages":[{"role":"user","content":"x","extra":${arrays}}],"tools":${arrays}}`).api,
    ).toBe('openai.chat');
    expect(parse('/v1/responses', `{"input":${arrays}}`).api).toBe('openai.responses');
    expect(parse('/v1/conversations', `{"items":[{"content":${objects}}]}`).api).toBe('openai.conversations');
    const results = `${'[{"type":"tool_result","content":'.repeat(100_000)}"x"${'}]'.repeat(100_000)}`;
    expect(parse('/v1/messages', `{"messages":[{"content":${results}}]}`).api).toBe('anthropic.messages');
    expect(codeOf('/v1/completions', `{"prompt":${arrays}}`)).toBe('invalid_request');
    expect(codeOf(chatPath, `{"messages":[{"content":${arrays}}]}`)).toBe('invalid_request');
    expect(codeOf(chatPath, arrays)).toBe('invalid_json');
  });

  test('32 MB', () => {
    const body = Buffer.from(`{"model":"m","prompt":"${'x'.repeat(32 << 20)}"}`);
    const { content } = parseRequest({ path: '/v1/completions', body });
    expect(content.kind === 'completions' && content.prompt.form === 'text' && content.prompt.text.length).toBe(
      32 << 20,
    );
  });
});

test('any body gives a request or an ApiError', () => {
  const field = fc.constantFrom(
    ...['model', 'messages', 'prompt', 'input', 'items', 'token_ids', 'input_ids', 'stream', 'tools', 'system'],
    ...['role', 'content', 'type', 'text', 'image_url', 'source', 'features', 'mm_hashes', 'cache_salt', 'max_tokens'],
  );
  const word = fc.constantFrom('text', 'image_url', 'image', 'tool_result', 'user', 'm', '');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      word,
      fc.constantFrom(null, true, 0, 7, -1, 1.5),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(field, tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.dictionary(field, value, { maxKeys: 6 }), (path, json) => {
      const body = Buffer.from(JSON.stringify(json));
      try {
        const parsed = parseRequest({ path, body, parsers: allParsers });
        expect(parsed.body).toBe(body);
        expect(parsed.json === undefined).toBe(parsed.content.kind === 'raw');
      } catch (error) {
        expect(ApiError.is(error)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test('ApiError.is holds across copies of the package', () => {
  const other = { [Symbol.for('@pointsman/inference-api/ApiError')]: true };
  expect(
    [other, new ApiError({ code: 'invalid_json', message: 'x' }), new Error('x'), null, 'x'].map(ApiError.is),
  ).toEqual([true, true, false, false, false]);
});

test.each([
  [{ ':path': '/a?b', 'x-original-path': '/c' }, '/a'],
  [{ ':path': '', 'x-original-path': ['/c?d', '/e'] }, '/c'],
  [{ 'x-forwarded-path': '/d?x' }, '/d'],
  [{}, '/v1/completions'],
])('path from %j', (headers, expected) => {
  expect(requestPath(headers)).toBe(expected);
});
