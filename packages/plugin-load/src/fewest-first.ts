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
  for (let i = 0; i < length; i++) {
    const count = counts[rows[i]!]!;
    if (Number.isFinite(count)) out[i] = max === min ? 1 : (max - count) / (max - min);
  }
}
