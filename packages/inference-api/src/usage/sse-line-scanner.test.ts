import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitAt } from '../../test/json-text.ts';
import { SseLineScanner } from './sse-line-scanner.ts';

function lines(chunks: readonly Uint8Array[], maxLineBytes?: number): string[] {
  const found: string[] = [];
  const scanner = new SseLineScanner(
    (bytes, start, end) => found.push(bytes.toString('utf8', start, end)),
    maxLineBytes,
  );
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return found;
}

/** What the specification says, on the text as a whole. */
function linesOf(text: string): string[] {
  const all = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  if (all.at(-1) === '') all.pop();
  return all;
}

const part = fc.constantFrom(
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  'data: x',
  'data: {"usage":null}',
  ': keep-alive',
  'é🚀',
  '\ufeff',
  '',
);
const streams = fc
  .tuple(fc.constantFrom('', '\ufeff', '\ufeff\ufeff'), fc.array(part, { maxLength: 20 }))
  .map(([mark, parts]) => mark + parts.join(''));

test('lines do not depend on how the stream is split', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(), { maxLength: 12 }), (stream, places) => {
      expect(lines(splitAt(Buffer.from(stream), places))).toEqual(linesOf(stream));
    }),
    { numRuns: 1000 },
  );
});

test('byte by byte', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      const bytes = Buffer.from(stream);
      expect(lines(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(linesOf(stream));
    }),
  );
});

test('a part of a byte order mark is text', () => {
  expect(lines([Buffer.from([0xef]), Buffer.from([0xbb, 0x0a])])).toHaveLength(1);
  expect(lines([Buffer.from([0xef])])).toHaveLength(1);
});

test('a long line is cut to the limit, wherever it is split', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.array(fc.nat(), { maxLength: 5 }), (length, places) => {
      const stream = Buffer.from(`${'x'.repeat(length)}\ny\n`);
      expect(lines(splitAt(stream, places), 16)).toEqual(['x'.repeat(Math.min(length, 16)), 'y']);
    }),
  );
});

test('chunks may be reused by their owner', () => {
  const found: string[] = [];
  const scanner = new SseLineScanner((bytes, start, end) => found.push(bytes.toString('utf8', start, end)));
  const chunk = Buffer.from('data: a');
  scanner.push(chunk);
  chunk.fill(0);
  scanner.push(Buffer.from('b\n'));
  expect(found).toEqual(['data: ab']);
});
