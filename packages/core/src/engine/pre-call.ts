import { PointsmanError } from '../contract/errors.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';

/**
 * Stage 1: preCall hooks, one after the other. A hook that rejects ends the request; one that fails otherwise loses
 * its contribution. Returns a promise only when a hook does.
 */
export function runPreCall(cycle: RequestCycle, faults: Faults, from = 0): Promise<void> | undefined {
  const hooks = cycle.graph.preCall;
  for (let i = from; i < hooks.length; i++) {
    const hook = hooks[i]!;
    cycle.running = hook;
    try {
      const pending = hook.plugin.preCall!(cycle);
      if (pending instanceof Promise) return finish(cycle, faults, pending, i);
    } catch (error) {
      judge(cycle, faults, hook.name, error);
    }
  }
  cycle.running = undefined;
  return undefined;
}

async function finish(cycle: RequestCycle, faults: Faults, pending: Promise<void>, index: number): Promise<void> {
  try {
    await pending;
  } catch (error) {
    judge(cycle, faults, cycle.graph.preCall[index]!.name, error);
  }
  await runPreCall(cycle, faults, index + 1);
}

function judge(cycle: RequestCycle, faults: Faults, plugin: string, error: unknown): void {
  if (PointsmanError.is(error, 'REJECTED')) throw error;
  faults.report(plugin, 'preCall', error, cycle.record);
}
