import type { Candidates } from '@pointsman/core';

/**
 * Scores by a count of which less is better: the smallest gets 1, the largest 0, the rest in proportion; all get 1
 * when they are equal. Counts that are no finite number are left without an opinion.
 */
export function scoreFewestFirst(counts: Float64Array, candidates: Candidates, out: Float64Array): void {
  const { rows, length } = candidates;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const count = counts[rows[i]!]!;
    if (!Number.isFinite(count)) continue;
    if (count < min) min = count;
    if (count > max) max = count;
  }
  // Halved where the distance would be too large for a number.
  const scale = Number.isFinite(max - min) ? 1 : 0.5;
  for (let i = 0; i < length; i++) {
    const count = counts[rows[i]!]!;
    if (Number.isFinite(count)) out[i] = max === min ? 1 : (max * scale - count * scale) / (max * scale - min * scale);
  }
}
