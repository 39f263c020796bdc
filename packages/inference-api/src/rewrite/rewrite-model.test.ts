import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonObjectText } from '../../test/json-text.ts';
import { ApiError } from '../errors/api-error.ts';
import { findModelRange, rewriteModel } from './rewrite-model.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const rewritten = (body: string, model: string) => text(rewriteModel(Buffer.from(body), model));
const modelKeys = [
  '"model"',
  '"model"',
  '"mod\\u0065l"',
  '"\\u006d\\u006f\\u0064\\u0065\\u006c"',
  '"models"',
  '"Model"',
];

describe('laws', () => {
  test('only the model changes, as value and in bytes', () => {
    fc.assert(
      fc.property(jsonObjectText(...modelKeys), fc.string({ unit: 'binary' }), (body, model) => {
        const before = Buffer.from(body);
        const after = Buffer.from(rewriteModel(before, model));
        expect(JSON.parse(text(after))).toEqual({ ...JSON.parse(body), model });
        const { start, end } = findModelRange(before) ?? { start: body.indexOf('{') + 1, end: body.indexOf('{') + 1 };
        const behind = before.length - end;
        expect(after.subarray(0, start)).toEqual(before.subarray(0, start));
        expect(after.subarray(after.length - behind)).toEqual(before.subarray(end));
      }),
      { numRuns: 500 },
    );
  });

  test('the range holds the model that JSON.parse gives', () => {
    fc.assert(
      fc.property(jsonObjectText(...modelKeys), (body) => {
        const range = findModelRange(Buffer.from(body));
        const parsed = JSON.parse(body);
        expect(range !== undefined).toBe(Object.hasOwn(parsed, 'model'));
        if (range) expect(JSON.parse(text(Buffer.from(body).subarray(range.start, range.end)))).toEqual(parsed.model);
      }),
      { numRuns: 500 },
    );
  });

  test('bytes that are no JSON end in an ApiError or in some bytes, never otherwise', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '"', 'model', '"model"', ':', ',', '[', ']', '\\', ' ', '1')),
        (parts) => {
          try {
            rewriteModel(Buffer.from(parts.join('')), 'x');
          } catch (error) {
            expect(ApiError.is(error)).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('everything else keeps its bytes: order, whitespace, large integers, characters', () => {
  expect(rewritten('{ "seed":12345678901234567890,\n "model" : "m" , "z":[1.50,"<b>&"] }', 'target')).toBe(
    '{ "seed":12345678901234567890,\n "model" : "target" , "z":[1.50,"<b>&"] }',
  );
});

test('of several models the last is changed', () => {
  expect(rewritten('{"model":"a","x":1,"model":"b"}', 'c')).toBe('{"model":"a","x":1,"model":"c"}');
});

test('nested models and models in text stay', () => {
  const body = '{"a":{"model":"x"},"b":"\\"model\\":\\"y\\"","c":[{"model":"z"}],"model":"m"}';
  expect(rewritten(body, 'n')).toBe(body.replace('"model":"m"', '"model":"n"'));
});

test('the new name is escaped', () => {
  expect(rewritten('{"model":"m"}', 'a"\\\n\ud800é')).toBe('{"model":"a\\"\\\\\\n\\ud800é"}');
});

test('a model that is no string is replaced as well', () => {
  expect(rewritten('{"model":{"a":[1,"]"]},"x":7}', 'm')).toBe('{"model":"m","x":7}');
  expect(rewritten('{"model":7}', 'm')).toBe('{"model":"m"}');
});

test('a body without model gets one as first field', () => {
  expect(rewritten('{"prompt":"x"}', 'target')).toBe('{"model":"target","prompt":"x"}');
  expect(rewritten(' { } ', 'm')).toBe(' {"model":"m" } ');
});

test('the same name leaves the very same bytes', () => {
  const body = Buffer.from('{"prompt":"x","model":"m"}');
  expect(rewriteModel(body, 'm')).toBe(body);
});

test('the result is independent of the input', () => {
  const body = Buffer.from('{"model":"m","p":"x"}');
  const result = rewriteModel(body, 'n');
  body.fill(0);
  expect(text(result)).toBe('{"model":"n","p":"x"}');
});

test('deep nesting costs no stack', () => {
  const depth = 100_000;
  const body = `{"a":${'['.repeat(depth)}${']'.repeat(depth)},"model":"m"}`;
  expect(rewritten(body, 'n')).toBe(body.replace('"m"', '"n"'));
});

test.each([
  '',
  'null',
  '[]',
  '"model"',
  '{',
  '{"model"',
  '{"model":',
  '{"model":"m',
  '{"model":"m"',
  '{"model" "m"}',
  '{x}',
  '{"a":1 "model":"m"}',
])('no JSON object: %s', (body) => {
  expect(() => findModelRange(Buffer.from(body))).toThrow(ApiError);
  expect(() => rewriteModel(Buffer.from(body), 'm')).toThrow(ApiError);
});
