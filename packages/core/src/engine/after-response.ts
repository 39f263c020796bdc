import type { Outcome } from '../contract/outcome.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { LiveDecision } from './live-decision.ts';

/** Stage 10: afterResponse hooks learn how it ended, side by side. Nobody waits for them. */
export function runAfterResponse(cycle: RequestCycle, decision: LiveDecision, outcome: Outcome, faults: Faults): void {
  const hooks = cycle.graph.afterResponse;
  for (let i = 0; i < hooks.length; i++) {
    const hook = hooks[i]!;
    cycle.running = hook;
    try {
      const pending = hook.plugin.afterResponse!(cycle, decision, outcome);
      if (pending instanceof Promise)
        pending.catch((error: unknown) => faults.report(hook.name, 'afterResponse', error, cycle.liveRecord));
    } catch (error) {
      faults.report(hook.name, 'afterResponse', error, cycle.liveRecord);
    }
  }
  cycle.running = undefined;
}
