import { describe, expect, test } from 'vitest';
import { refusal } from '../../test/refusal.ts';
import type { Parser } from './parser.ts';
import { sglanghttpParser } from './sglanghttp-parser.ts';
import { vllmhttpParser } from './vllmhttp-parser.ts';

const parse = (parser: Parser, body: unknown, path: string) =>
  parser.parse({ path, headers: {}, body: Buffer.from(JSON.stringify(body)) });

describe('vllmhttp-parser', () => {
  const vllm = (body: unknown) => parse(vllmhttpParser, body, '/inference/v1/generate');

  test('everything that is read', () => {
    const body = {
      model: 'm',
      token_ids: [1, 2, 3],
      cache_salt: 's',
      stream: true,
      stream_options: { include_usage: false },
      sampling_params: { max_tokens: 7 },
      features: {
        mm_hashes: { image: ['h1', 'h2', 'without place'], audio: ['a1'] },
        mm_placeholders: {
          image: [
            { offset: 0, length: 2 },
            { offset: 5, length: 1 },
          ],
        },
      },
    };
    expect(vllm(body)).toMatchObject({
      api: 'vllm.generate',
      model: 'm',
      stream: true,
      includeUsage: false,
      maxOutputTokens: 7,
      cacheSalt: 's',
      content: {
        kind: 'tokens',
        tokenIds: [1, 2, 3],
        features: [
          { modality: 'image', hash: 'h1', offset: 0, length: 2 },
          { modality: 'image', hash: 'h2', offset: 5, length: 1 },
        ],
      },
    });
  });

  const placed = (place: unknown) => ({ mm_hashes: { image: ['h'] }, mm_placeholders: { image: [place] } });
  test.each([
    [{}, 'token_ids'],
    [{ token_ids: [] }, 'token_ids'],
    [{ token_ids: [1.5] }, 'token_ids[0]'],
    [{ token_ids: ['1'] }, 'token_ids[0]'],
    [{ token_ids: [1], features: [] }, 'features'],
    [{ token_ids: [1], features: { mm_hashes: [] } }, 'features.mm_hashes'],
    [{ token_ids: [1], features: { mm_hashes: { image: 'h' } } }, 'features.mm_hashes.image'],
    [
      { token_ids: [1], features: { ...placed({ offset: 0, length: 1 }), mm_hashes: { image: [5] } } },
      'features.mm_hashes.image[0]',
    ],
    [{ token_ids: [1], features: placed({ offset: -1, length: 1 }) }, 'features.mm_placeholders.image[0]'],
    [{ token_ids: [1], features: placed(null) }, 'features.mm_placeholders.image[0]'],
  ])('refused: %j', (body, param) => {
    expect(refusal(() => vllm(body)).param).toBe(param);
  });

  test('names of JavaScript objects are no modalities', () => {
    const features = JSON.parse('{"mm_hashes":{"constructor":["h"],"__proto__":["h"]},"mm_placeholders":{}}');
    expect(vllm({ token_ids: [1], features }).content).toMatchObject({ features: [] });
  });
});

describe('sglanghttp-parser', () => {
  const sglang = (body: unknown, path = '/generate') => parse(sglanghttpParser, body, path);

  test('everything that is read', () => {
    const body = { input_ids: [5], stream: true, extra_key: 'k', sampling_params: { max_new_tokens: 4 } };
    expect(sglang(body)).toMatchObject({
      api: 'sglang.generate',
      stream: true,
      maxOutputTokens: 4,
      cacheSalt: 'k',
      content: { kind: 'tokens', tokenIds: [5], features: [] },
      json: body,
      supportsModelRewrite: false,
    });
  });

  test.each([
    [{}, 'input_ids'],
    [{ input_ids: [[1], [2]] }, 'input_ids[0]'],
    [{ input_ids: [1], stream: 1 }, 'stream'],
    [{ input_ids: [1], extra_key: 5 }, 'extra_key'],
  ])('refused: %j', (body, param) => {
    expect(refusal(() => sglang(body)).param).toBe(param);
  });

  test.each(['/v1/generate', '/xgenerate', '/generate//'])('no endpoint: %s', (path) => {
    expect(refusal(() => sglang({ input_ids: [1] }, path))).toMatchObject({
      code: 'unsupported_path',
      message: `unsupported path: ${path}`,
    });
  });
});
