import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { ProfileRecord } from './profile-record.ts';

/** Stage 5: scoring hooks may adjust totals. Every adjustment is recorded with its reason. */
export function runScoringHooks(cycle: RequestCycle, record: ProfileRecord, faults: Faults): void {
  for (const hook of cycle.graph.scoring) {
    cycle.running = hook;
    record.adjuster = hook;
    try {
      hook.plugin.scoring!(cycle, record);
    } catch (error) {
      faults.report(hook.name, 'scoring', error, cycle.record);
    }
  }
  record.adjuster = undefined;
}
