import type { Flip } from '../contract/explanation.ts';
import type { ProfileRecord } from '../engine/profile-record.ts';

/**
 * What would have made the runner-up win, scorer by scorer. With margin m = total(target) - total(runner-up), weight w
 * and scores t and r of the two: the weight w' = w - m / (t - r) closes the gap, and so does the score r' = r + m / w.
 */
export function findFlips(record: ProfileRecord, target: number, runnerUp: number): readonly Flip[] {
  const compiled = record.compiled!;
  const margin = record.totals[target]! - record.totals[runnerUp]!;
  // On equal totals the seed decided: nothing has to change for the runner-up to win.
  if (margin === 0) return [];
  const flips: Flip[] = [];
  for (let s = 0; s < compiled.scorers.length; s++) {
    const weight = compiled.weights[s]!;
    const ofTarget = usable(record.raw[s]![target]!);
    const ofRunnerUp = usable(record.raw[s]![runnerUp]!);
    const gap = ofTarget - ofRunnerUp;
    const wanted = weight === 0 ? Number.NaN : ofRunnerUp + margin / weight;
    const flip: Flip = {
      scorer: compiled.scorers[s]!.name,
      runnerUp: record.endpoint(runnerUp).id,
      weight: gap === 0 ? null : weight - margin / gap,
      rawScore: wanted >= 0 && wanted <= 1 ? wanted : null,
    };
    if (flip.weight !== null || flip.rawScore !== null) flips.push(flip);
  }
  const change = (flip: Flip) => {
    const weight = compiled.weights[compiled.scorers.findIndex((scorer) => scorer.name === flip.scorer)]!;
    return flip.weight === null ? Number.POSITIVE_INFINITY : Math.abs(flip.weight - weight);
  };
  return flips.sort((a, b) => change(a) - change(b));
}

function usable(raw: number): number {
  return Number.isFinite(raw) ? Math.min(1, Math.max(0, raw)) : 0;
}
