import type { Clock } from '../contract/clock.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { ProfileResult } from '../contract/profile-handler.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import { runFilters } from './filter.ts';
import type { CompiledProfile } from './graph.ts';
import { runPicker } from './pick.ts';
import type { ProfileRecord } from './profile-record.ts';
import { runScorers } from './score.ts';
import { runScoringHooks } from './scoring-hooks.ts';

const FILTER = 3;
const SCORE = 4;
const SCORING = 5;
const PICK = 6;

/** What one profile run chose, with the columns behind it. */
export interface RunResult extends ProfileResult {
  readonly record: ProfileRecord;
}

/** Stages 3 to 6 for one profile. Undefined when its filters left no candidate. */
export function runProfile(
  cycle: RequestCycle,
  profile: CompiledProfile,
  considered: Int32Array | undefined,
  faults: Faults,
  clock: Clock,
): RunResult | undefined {
  const decision = cycle.record;
  const record = decision.nextProfile();
  cycle.profile = profile.name;
  record.begin(profile, cycle.snapshot, considered);
  let before = clock.now();
  let now = before;
  if (profile.filters.length > 0) {
    runFilters(cycle, record, profile.filters, faults);
    now = clock.now();
    decision.addTiming(FILTER, now - before);
    before = now;
  }
  if (record.length === 0) {
    cycle.profile = '';
    return undefined;
  }
  runScorers(cycle, record, profile, faults);
  rememberAges(record, profile);
  now = clock.now();
  decision.addTiming(SCORE, now - before);
  before = now;
  if (cycle.graph.scoring.length > 0) {
    runScoringHooks(cycle, record, faults);
    now = clock.now();
    decision.addTiming(SCORING, now - before);
    before = now;
  }
  runPicker(cycle, record, profile.picker, faults);
  decision.addTiming(PICK, clock.now() - before);
  cycle.profile = '';
  cycle.running = undefined;

  const target = record.endpoint(record.order[0]!);
  // A literal has no spare room.
  const picked: Endpoint[] = [target];
  for (let i = 1; i < record.pickedCount; i++) picked.push(record.endpoint(record.order[i]!));
  return { profile: profile.name, target, picked, score: record.totals[record.order[0]!]!, record };
}

function rememberAges(record: ProfileRecord, profile: CompiledProfile): void {
  for (let w = 0; w < profile.ageColumns.length; w++) {
    const writtenAt = profile.ageColumns[w]!.writtenAt;
    const ages = record.ages[w]!;
    for (let i = 0; i < record.length; i++) ages[i] = writtenAt[record.rows[i]!]!;
  }
}
