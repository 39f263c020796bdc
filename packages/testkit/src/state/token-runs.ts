/** Packs runs of consecutive token ids, `[first, count]` modulo 2^32, as little-endian 32-bit integers. */
export function packTokens(runs: readonly (readonly [number, number])[]): Uint8Array {
  const count = runs.reduce((sum, [, length]) => sum + length, 0);
  const packed = new Uint8Array(count * 4);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const [first, length] of runs) {
    for (let i = 0; i < length; i++, at += 4) view.setUint32(at, (first + i) >>> 0, true);
  }
  return packed;
}
