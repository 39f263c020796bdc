import type { Outcome } from '../contract/outcome.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { LiveDecision } from './live-decision.ts';

/** Stage 9: afterResponse hooks learn how it ended, side by side. Nobody waits for them. */
export function runAfterResponse(cycle: RequestCycle, decision: LiveDecision, outcome: Outcome, faults: Faults): void {
  for (const hook of cycle.graph.afterResponse) {
    try {
      const pending = hook.plugin.afterResponse!(cycle, decision, outcome);
      if (pending instanceof Promise)
        pending.catch((error: unknown) => faults.report(hook.name, 'afterResponse', error));
    } catch (error) {
      faults.report(hook.name, 'afterResponse', error);
    }
  }
}
