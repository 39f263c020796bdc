import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyChunks } from './body-chunks.ts';

function piecesOf(body: Uint8Array, isEnd: boolean) {
  return bodyChunks(body, isEnd).map((mutation) => {
    if (!('streamedResponse' in mutation)) throw new Error('not streamed');
    return mutation.streamedResponse;
  });
}

describe('a body in chunks', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [61_000, [61_000]],
    [62_000, [62_000]],
    [62_001, [62_000, 1]],
    [125_000, [62_000, 62_000, 1000]],
  ])('of %i bytes', (size, sizes) => {
    expect(piecesOf(Buffer.alloc(size), true).map(({ body }) => body.length)).toEqual(sizes);
  });

  it('has nothing in it when it is empty and goes on', () => {
    expect(piecesOf(Buffer.alloc(0), false)).toEqual([]);
  });

  it('keeps every byte, and ends once', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.boolean(), (size, isEnd) => {
        const body = Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
        const pieces = piecesOf(body, isEnd);
        expect(Buffer.concat(pieces.map((piece) => piece.body)).equals(body)).toBe(true);
        expect(pieces.filter(({ endOfStream }) => endOfStream)).toHaveLength(isEnd ? 1 : 0);
        expect(pieces.at(-1)?.endOfStream ?? false).toBe(isEnd);
        expect(pieces.every((piece) => piece.body.length <= 62_000)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
