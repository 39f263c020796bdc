import type { Progress } from '../contract/hooks.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { LiveDecision } from './live-decision.ts';
import { refusePromise } from './refuse-promise.ts';

/** Stage 9: something became known about the response. */
export function runProgress(cycle: RequestCycle, decision: LiveDecision, progress: Progress, faults: Faults): void {
  for (const hook of cycle.graph.progress) {
    cycle.running = hook;
    try {
      refusePromise(hook.plugin.progress!(cycle, decision, progress), 'progress()');
    } catch (error) {
      faults.report(hook.name, 'progress', error, cycle.liveRecord);
    }
  }
  cycle.running = undefined;
}
