import type { Clock } from '../contract/clock.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import { PluginCycle } from './plugin-cycle.ts';
import { reportUnlessRejected } from './report-unless-rejected.ts';
import { withinBudget } from './within-budget.ts';

/** Milliseconds that a preCall hook gets when it does not say. */
const DEFAULT_BUDGET_MS = 1000;

/**
 * Stage 1: preCall hooks, one after the other. A hook that rejects ends the request; one that fails otherwise, or takes
 * too long, loses its contribution. Returns a promise only when a hook does.
 */
export function runPreCall(cycle: RequestCycle, faults: Faults, clock: Clock, from = 0): Promise<void> | undefined {
  const hooks = cycle.graph.preCall;
  for (let i = from; i < hooks.length; i++) {
    const { name, plugin } = hooks[i]!;
    const view = new PluginCycle(cycle, hooks[i]!);
    try {
      const pending = plugin.preCall!(view);
      if (pending instanceof Promise) {
        const waiting = withinBudget(pending, plugin.preCallBudgetMs ?? DEFAULT_BUDGET_MS, clock, cycle);
        return finish(waiting, view, name, cycle, faults).then(() =>
          cycle.isAbandoned ? undefined : runPreCall(cycle, faults, clock, i + 1),
        );
      }
    } catch (error) {
      reportUnlessRejected(cycle, faults, name, 'preCall', error);
    }
    view.close();
  }
  return undefined;
}

async function finish(
  waiting: Promise<void>,
  view: PluginCycle,
  plugin: string,
  cycle: RequestCycle,
  faults: Faults,
): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    reportUnlessRejected(cycle, faults, plugin, 'preCall', error);
  } finally {
    view.close();
  }
}
