import type { Release } from '../contract/decision.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import { PluginCycle } from './plugin-cycle.ts';
import { reportUnlessRejected } from './report-unless-rejected.ts';

/**
 * Stage 2: admission hooks, one after the other. A hook that rejects ends the request; one that fails otherwise lets it in.
 * Returns a promise only when a hook does: then the request waits until it is let in, or nobody wants it any more.
 */
export function runAdmit(cycle: RequestCycle, faults: Faults, from = 0): Promise<void> | undefined {
  const hooks = cycle.graph.admit;
  for (let i = from; i < hooks.length; i++) {
    const { name, plugin } = hooks[i]!;
    const view = new PluginCycle(cycle, hooks[i]!);
    try {
      const admitted = plugin.admit!(view);
      if (admitted instanceof Promise) {
        const waited = admitted
          .then(
            (release) => keep(cycle, faults, name, release),
            (error: unknown) => reportUnlessRejected(cycle, faults, name, 'admit', error),
          )
          .finally(() => view.close());
        return waited.then(() => (cycle.isAbandoned ? undefined : runAdmit(cycle, faults, i + 1)));
      }
      keep(cycle, faults, name, admitted);
    } catch (error) {
      reportUnlessRejected(cycle, faults, name, 'admit', error);
    }
    view.close();
  }
  return undefined;
}

// biome-ignore lint/suspicious/noConfusingVoidType: what a hook without a return statement returns
function keep(cycle: RequestCycle, faults: Faults, plugin: string, release: Release | void): void {
  if (typeof release !== 'function') return;
  const releaseSafely = () => {
    try {
      release();
    } catch (error) {
      faults.report(plugin, 'admit', error, cycle.liveRecord);
    }
  };
  if (cycle.isAbandoned) releaseSafely();
  else cycle.onSettled(releaseSafely);
}
