import fc from 'fast-check';
import { expect, test } from 'vitest';
import { usageEditor } from './usage-edit.ts';

const STREAM = [
  ': ping\n\n',
  'event: a\r\ndata: {"choices":[{"delta":{"content":"é\\"usage\\""}}]}\r\n\r\n',
  'data: {"id":1.0,"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":8,"x":1}}}\n\n',
  'data: {"usage":null}\n\n',
  'data: {"usage":{"prompt_tokens":9}\n\n',
  'data: [DONE]\n\ndata: {"usage":{}}',
].join('');

const EDITED = STREAM.replace('"cached_tokens":8', '"cached_tokens":3').replace(
  /\{\}\}$/,
  '{"prompt_tokens_details":{"cached_tokens":3}}}',
);

function edit(text: string, type: string, cuts: readonly number[]): string {
  const bytes = Buffer.from(text);
  const editing = usageEditor('3')(200, { 'content-type': type })!;
  const places = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length];
  const pieces = places.slice(1).map((end, i) => editing.push(bytes.subarray(places[i]!, end)));
  return Buffer.concat([...pieces, editing.end()]).toString();
}

test('a stream is the same however it is cut, but for the number', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (cuts) => {
      expect(edit(STREAM, 'text/event-stream; charset=utf-8', cuts)).toBe(EDITED);
    }),
  );
});

test('what is whole goes on at once', () => {
  const editing = usageEditor('3')(200, { 'content-type': 'text/event-stream' })!;
  expect(editing.push(Buffer.from('data: 1\n\ndata: ')).toString()).toBe('data: 1\n\n');
  expect(editing.push(Buffer.from('2\n')).toString()).toBe('data: 2\n');
});

test.each([
  ['{"usage":{"prompt_tokens_details":null}}', '{"usage":{"prompt_tokens_details":{"cached_tokens":3}}}'],
  ['{ "usage" : null }', '{ "usage" : null }'],
  ['{ "usage" :', '{ "usage" :'],
  ['["usage"]', '["usage"]'],
  ['', ''],
])('%s', (body, edited) => {
  expect(edit(body === '' ? ' ' : body, 'application/json', []).trim()).toBe(edited);
});

test('what is compressed passes', () => {
  expect(usageEditor('3')(200, { 'content-encoding': 'gzip' })).toBeUndefined();
});
