import type { Clock } from '../contract/clock.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { Instance } from './instance.ts';
import { OpenSink } from './request-sink.ts';

/** Milliseconds that a request fetcher gets when it does not say. */
const DEFAULT_BUDGET_MS = 400;

/**
 * Stage 2: request fetchers, level by level; those of one level run at the same time, each under its own budget.
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
      return Promise.all(pending).then(() => runPrepare(cycle, faults, clock, signal, level + 1));
    }
  }
  cycle.running = undefined;
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
  const sink = new OpenSink(cycle, instance);
  cycle.running = instance;
  try {
    const pending = instance.plugin.prepare!(cycle, sink, cycle.considered.endpoints, signal);
    if (pending instanceof Promise) return withinBudget(cycle, faults, clock, instance, sink, pending, signal);
  } catch (error) {
    cycle.discard(writes);
    faults.report(instance.name, 'prepare', error, cycle.record);
  }
  sink.close();
  return undefined;
}

function withinBudget(
  cycle: RequestCycle,
  faults: Faults,
  clock: Clock,
  instance: Instance,
  sink: OpenSink,
  pending: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const budgetMs = instance.plugin.budgetMs ?? DEFAULT_BUDGET_MS;
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
      sink.close();
      if (error !== undefined) {
        cycle.discard(instance.requestWrites);
        faults.report(instance.name, 'prepare', error, cycle.record);
      }
      resolve();
    };
    const onAbort = () => {
      cancelTimer();
      sink.close();
      reject(new PointsmanError('ABORTED', 'the caller gave up while data for the request was fetched'));
    };
    const cancelTimer = clock.schedule(budgetMs, () => settle(new Error(`no answer within its ${budgetMs} ms`)));
    signal?.addEventListener('abort', onAbort, { once: true });
    pending.then(
      () => settle(),
      (error: unknown) => settle(error ?? new Error('rejected without a reason')),
    );
  });
}
