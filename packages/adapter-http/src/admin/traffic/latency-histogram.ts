const BINS = 72;
/** Bins a doubling; a quantile is exact to within 19 %, and closer by interpolation. */
const PER_OCTAVE = 4;

/** Quantiles of times from 1 ms to about four minutes, in a fixed number of bins that grow geometrically. */
export const HISTOGRAM_BINS: number = BINS;

export function binOf(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(BINS - 1, Math.floor(Math.log2(ms) * PER_OCTAVE));
}

/** @returns milliseconds, or null when nothing was counted */
export function quantileOf(counts: ArrayLike<number>, quantile: number): number | null {
  let total = 0;
  for (let bin = 0; bin < BINS; bin++) total += counts[bin]!;
  if (total === 0) return null;
  const wanted = quantile * total;
  let below = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin]!;
    if (below + count >= wanted && count > 0) return 2 ** ((bin + (wanted - below) / count) / PER_OCTAVE);
    below += count;
  }
  return null;
}
