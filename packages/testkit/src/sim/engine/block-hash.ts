/**
 * Hash of every full block of a prompt. A block's hash covers all tokens before it, so equal hashes mean equal prefixes.
 * Two 32-bit chains give 53 bits, which is what a number can hold.
 * @param root what else must be equal for two prompts to share blocks: adapter, salt
 */
export function blockHashes(prompt: Uint32Array, blockSize: number, root: string): Float64Array {
  const hashes = new Float64Array(Math.floor(prompt.length / blockSize));
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  for (let i = 0; i < root.length; i++) {
    high = Math.imul(high ^ root.charCodeAt(i), 0x01000193);
    low = Math.imul(low ^ root.charCodeAt(i), 0x5bd1e995);
  }
  for (let block = 0, at = 0; block < hashes.length; block++) {
    for (const end = at + blockSize; at < end; at++) {
      const token = prompt[at]!;
      high = Math.imul(high ^ token, 0x01000193);
      high ^= high >>> 15;
      low = Math.imul((low << 13) | (low >>> 19), 5) + Math.imul(token, 0xcc9e2d51);
      low ^= low >>> 16;
    }
    hashes[block] = (high >>> 11) * 4294967296 + (low >>> 0);
  }
  return hashes;
}
