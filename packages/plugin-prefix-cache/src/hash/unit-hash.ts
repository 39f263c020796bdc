const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const encoder = new TextEncoder();

/** A number 0 <= x < 1 that depends on the text alone: FNV-1a (32 bits) of its UTF-8 bytes, over 2^32. */
export function unitHash(text: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, PRIME);
  return (hash >>> 0) / 0x1_0000_0000;
}
