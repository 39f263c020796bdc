import type { CandidateRecords, Candidates } from '@pointsman/core';
import { realCount } from './real-count.ts';

/**
 * Scores by requests while no speed is known: (max - requests) / (max - min) over the candidates, all 1 when equal. What
 * is no number counts as no request.
 */
export function scoreByLoad(candidates: Candidates, { fields }: CandidateRecords<'load'>, out: Float64Array): void {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < candidates.length; i++) {
    const requests = realCount(fields.load[candidates.rows[i]!]!);
    if (requests < min) min = requests;
    if (requests > max) max = requests;
  }
  for (let i = 0; i < candidates.length; i++) {
    const requests = realCount(fields.load[candidates.rows[i]!]!);
    out[i] = max === min ? 1 : (max - requests) / (max - min);
  }
}
