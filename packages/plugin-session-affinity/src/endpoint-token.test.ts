import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEndpoint, encodeEndpoint } from './endpoint-token.ts';

describe('session tokens', () => {
  it('are standard base64 with padding', () => {
    expect(encodeEndpoint('ns/p0')).toBe('bnMvcDA=');
  });

  it('give the id back that went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (id) => {
        expect(decodeEndpoint(encodeEndpoint(id))).toBe(id);
      }),
    );
  });

  it.each([
    ['no padding', 'YS9wMA'],
    ['half the padding', 'YS9wMA='],
    ['cut short', 'bnMvcDA'],
    ['the alphabet of URLs', 'bnMv-_A='],
    ['spaces around it', ' bnMvcDA= '],
    ['padding in the middle', 'bnM=cDA='],
    ['an id in clear', 'ns/p0'],
    ['far too long', 'A'.repeat(100_000)],
  ])('refuse %s', (_, token) => {
    expect(decodeEndpoint(token)).toBeUndefined();
  });

  it('survive anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (token) => {
        const id = decodeEndpoint(token);
        expect(id === undefined || typeof id === 'string').toBe(true);
      }),
    );
  });
});
