import { NO_OPINION } from '../contract/scorer.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { CompiledProfile } from './graph.ts';
import type { Instance } from './instance.ts';
import type { ProfileRecord } from './profile-record.ts';
import { refusePromise } from './refuse-promise.ts';

/**
 * Stage 5: every scorer rates every candidate; scores are clamped to 0..1, multiplied by the scorer's weight and added.
 * Weights are not normalised. A scorer that fails adds nothing, and neither does a score that is not a number.
 */
export function runScorers(cycle: RequestCycle, record: ProfileRecord, profile: CompiledProfile, faults: Faults): void {
  const count = record.length;
  const totals = record.totals;
  totals.fill(0, 0, count);
  for (let s = 0; s < profile.scorers.length; s++) {
    const scorer = profile.scorers[s]!;
    const weight = profile.weights[s]!;
    const raw = record.raw[s]!;
    raw.fill(NO_OPINION, 0, count);
    cycle.running = scorer;
    try {
      if (scorer.plugin.scoreAll !== undefined) {
        refusePromise(scorer.plugin.scoreAll(record, cycle, raw), 'scoreAll()');
      } else scoreEach(cycle, record, scorer, raw);
    } catch (error) {
      raw.fill(Number.NaN, 0, count);
      faults.report(scorer.name, 'score', error, cycle.record);
      continue;
    }
    let unusable = 0;
    for (let i = 0; i < count; i++) {
      const score = raw[i]!;
      if (score >= 0 && score <= 1) totals[i] = totals[i]! + score * weight;
      else if (score > 1 && score !== Number.POSITIVE_INFINITY) totals[i] = totals[i]! + weight;
      else if (!(score < 0)) {
        unusable++;
        raw[i] = Number.NaN;
      }
    }
    if (unusable > 0) {
      faults.report(
        scorer.name,
        'score',
        new TypeError(`${unusable} of ${count} scores are no finite number`),
        cycle.record,
      );
    }
  }
}

function scoreEach(cycle: RequestCycle, record: ProfileRecord, scorer: Instance, out: Float64Array): void {
  for (let index = 0; index < record.length; index++) {
    const score: unknown = scorer.plugin.score!(scorer.reader.moveTo(record.endpoint(index), cycle), cycle);
    if (typeof score !== 'number') refusePromise(score, 'score()');
    out[index] = typeof score === 'number' ? score : Number.NaN;
  }
}
