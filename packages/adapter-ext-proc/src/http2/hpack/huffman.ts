import { H2_ERROR, Http2Error } from '../frame.ts';

/**
 * Bits of the code of each byte, and of the end of a string (RFC 7541, appendix B). The code is canonical: within a length
 * codes count up with the bytes, so lengths are all that is needed.
 */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
] as const;

const END_OF_STRING = 256;
/** A string ends with at most so many bits that are no code. */
const MAX_PADDING_BITS = 7;

/**
 * The codes as a tree in pairs: entry `2 * node + bit` is the next node, or `~symbol` where a code ends. The first half of
 * the walk over a byte costs no more than the second: codes of usual characters have 5 to 8 bits.
 */
const TREE = grow();

/** The shortest code has 5 bits. */
const MIN_CODE_BITS = 5;
/** Most texts fit. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** @throws Http2Error for bytes that are no codes */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string {
  const mostBytes = Math.floor(((end - start) * 8) / MIN_CODE_BITS);
  // Not a string that grows: that takes many times its size until somebody looks at it.
  const text = mostBytes <= scratch.length ? scratch : Buffer.allocUnsafeSlow(mostBytes);
  let length = 0;
  let node = 0;
  let bits = 0;
  let isOnes = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >> shift) & 1;
      const next = TREE[2 * node + bit]!;
      if (next >= 0) {
        node = next;
        bits++;
        isOnes &&= bit === 1;
        continue;
      }
      if (~next === END_OF_STRING) throw broken();
      text[length++] = ~next;
      node = 0;
      bits = 0;
      isOnes = true;
    }
  }
  if (bits > MAX_PADDING_BITS || !isOnes) throw broken();
  return text.toString('latin1', 0, length);
}

function broken(): Http2Error {
  return new Http2Error(H2_ERROR.COMPRESSION_ERROR, 'a header is not encoded as HPACK says');
}

function grow(): Int16Array {
  const symbols = LENGTHS.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  // A full binary tree has one inner node less than leaves.
  const tree = new Int16Array(2 * (symbols.length - 1));
  let nodes = 1;
  let code = 0;
  let before = symbols[0]!.length;
  for (const { length, symbol } of symbols) {
    code *= 2 ** (length - before);
    before = length;
    let node = 0;
    for (let shift = length - 1; shift > 0; shift--) {
      const at = 2 * node + ((code >>> shift) & 1);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at]!;
    }
    tree[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}
