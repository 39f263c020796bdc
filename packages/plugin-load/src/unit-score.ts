import { NO_OPINION } from '@pointsman/core';

/** A score within 0..1, whatever odd data it was made of; no opinion where it is no number. */
export function unitScore(score: number): number {
  if (score >= 0 && score <= 1) return score;
  if (Number.isNaN(score)) return NO_OPINION;
  return score < 0 ? 0 : 1;
}
