import type { Clock } from '../contract/clock.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { Instance } from './instance.ts';
import { PluginCycle } from './plugin-cycle.ts';
import { withinBudget } from './within-budget.ts';

/** Milliseconds that a request fetcher gets when it does not say. */
const DEFAULT_BUDGET_MS = 400;

/**
 * Stage 3: request fetchers, level by level; those of one level run at the same time, each under its own budget.
 * Data of a fetcher that fails or is late counts as absent. Returns a promise only when a fetcher does.
 */
export function runPrepare(
  cycle: RequestCycle,
  faults: Faults,
  clock: Clock,
  signal: AbortSignal | undefined,
  from = 0,
): Promise<void> | undefined {
  const levels = cycle.graph.prepare;
  for (let level = from; level < levels.length; level++) {
    let pending: Promise<void>[] | undefined;
    const instances = levels[level]!;
    for (let i = 0; i < instances.length; i++) {
      const waiting = runFetcher(cycle, faults, clock, instances[i]!, signal);
      if (waiting !== undefined) {
        pending ??= [];
        pending.push(waiting);
      }
    }
    if (pending !== undefined) {
      return Promise.all(pending).then(() =>
        cycle.isAbandoned ? undefined : runPrepare(cycle, faults, clock, signal, level + 1),
      );
    }
  }
  return undefined;
}

function runFetcher(
  cycle: RequestCycle,
  faults: Faults,
  clock: Clock,
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<void> | undefined {
  const writes = instance.requestWrites;
  if (writes.length > 0 && writes.every((id) => cycle.isPinned(id))) return undefined;
  const view = new PluginCycle(cycle, instance);
  try {
    const pending = instance.plugin.prepare!(view, view, cycle.considered.endpoints, signal);
    if (pending instanceof Promise) {
      const budgetMs = instance.plugin.budgetMs ?? DEFAULT_BUDGET_MS;
      return withinBudget(pending, budgetMs, clock, cycle).then(
        () => view.close(),
        (error: unknown) => lose(cycle, faults, instance, view, error),
      );
    }
  } catch (error) {
    lose(cycle, faults, instance, view, error);
  }
  view.close();
  return undefined;
}

/** The fetcher failed or was late: nothing that it wrote counts. */
function lose(cycle: RequestCycle, faults: Faults, instance: Instance, view: PluginCycle, error: unknown): void {
  view.close();
  cycle.discard(instance.requestWrites);
  faults.report(instance.name, 'prepare', error, cycle.record);
}
