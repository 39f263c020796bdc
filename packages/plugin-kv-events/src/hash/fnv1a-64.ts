/**
 * FNV-1a with 64 bits over the first `length` bytes. Writes the hash to the words `2 * at` (low) and `2 * at + 1`.
 * In halves, because big integers are a hundred times slower: h * 0x100000001b3 = h * 0x1b3 + (h << 40).
 */
export function fnv1a64(bytes: Uint8Array, length: number, out: Int32Array, at: number): void {
  let low = 0x8422_2325 | 0;
  let high = 0xcbf2_9ce4 | 0;
  for (let i = 0; i < length; i++) {
    low ^= bytes[i]!;
    const bottom = (low & 0xffff) * 0x1b3;
    const top = (low >>> 16) * 0x1b3 + (bottom >>> 16);
    high = (Math.imul(high, 0x1b3) + (top >>> 16) + (low << 8)) | 0;
    low = (top << 16) | (bottom & 0xffff);
  }
  out[2 * at] = low;
  out[2 * at + 1] = high;
}
