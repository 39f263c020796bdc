import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { ProfileRecord } from './profile-record.ts';
import { refusePromise } from './refuse-promise.ts';

/** Stage 6: scoring hooks may adjust totals. Every adjustment is recorded with its reason; a hook that fails adjusts nothing. */
export function runScoringHooks(cycle: RequestCycle, record: ProfileRecord, faults: Faults): void {
  for (const hook of cycle.graph.scoring) {
    cycle.running = hook;
    record.beginAdjusting(hook);
    try {
      refusePromise(hook.plugin.scoring!(cycle, record), 'scoring()');
    } catch (error) {
      record.discardAdjustments();
      faults.report(hook.name, 'scoring', error, cycle.record);
    }
  }
  record.endAdjusting();
}
