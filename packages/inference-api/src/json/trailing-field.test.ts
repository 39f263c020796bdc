import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonObjectText } from '../../test/json-text.ts';
import { findTrailingField } from './trailing-field.ts';

function valueIn(tail: Buffer): unknown {
  const range = findTrailingField(tail, 'usage');
  return range && JSON.parse(tail.toString('utf8', range.start, range.end));
}

test('finds what JSON.parse finds', () => {
  fc.assert(
    fc.property(jsonObjectText('"usage"', '"model"'), (body) => {
      expect(valueIn(Buffer.from(body))).toEqual(JSON.parse(body).usage);
    }),
    { numRuns: 1000 },
  );
});

test('the end of a body is enough, and never misleads', () => {
  fc.assert(
    fc.property(jsonObjectText('"usage"', '"model"'), fc.nat(), (body, place) => {
      const bytes = Buffer.from(body);
      const found = valueIn(bytes.subarray(place % bytes.length));
      expect([undefined, JSON.parse(body).usage]).toContainEqual(found);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['…generated text"}],"usage":{"prompt_tokens":1}}', { prompt_tokens: 1 }],
  ['…text"}],"usage":{"prompt_tokens":1},"kv_transfer_params":{"a":[{}]}}\n', { prompt_tokens: 1 }],
  ['…"message":{"usage":{"prompt_tokens":2}}}],"id":"x"}', undefined],
  ['…"usage":{"prompt_tokens":3}}],"id":"says \\"usage\\":{} often"}', undefined],
  ['"usage":{"prompt_tokens":4}}', undefined], // the end of {"says \"usage":{"prompt_tokens":4}}
  ['…"usage":{"prompt_tokens":3', undefined],
  ['…"usage":{"a":1}}}}}', undefined],
])('%s', (tail, value) => {
  expect(valueIn(Buffer.from(tail))).toEqual(value);
});
