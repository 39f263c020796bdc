import type { Release } from '../contract/decision.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { LiveDecision } from './live-decision.ts';
import { refusePromise } from './refuse-promise.ts';

/** Stage 8: postChoice hooks set headers and reserve. What they return is kept for release, newest last. */
export function runPostChoice(
  cycle: RequestCycle,
  decision: LiveDecision,
  releases: { readonly plugin: string; readonly release: Release }[],
  faults: Faults,
): void {
  for (const hook of cycle.graph.postChoice) {
    cycle.running = hook;
    try {
      const release = hook.plugin.postChoice!(cycle, decision);
      if (typeof release === 'function') releases.push({ plugin: hook.name, release });
      else refusePromise(release, 'postChoice()');
    } catch (error) {
      faults.report(hook.name, 'postChoice', error, cycle.liveRecord);
    }
  }
  cycle.running = undefined;
}

/** Gives back everything that was reserved, in reverse order. */
export function releaseAll(
  cycle: RequestCycle,
  releases: { readonly plugin: string; readonly release: Release }[],
  faults: Faults,
): void {
  // Taken off the list before it runs, so that nothing is released twice.
  for (let entry = releases.pop(); entry !== undefined; entry = releases.pop()) {
    const { plugin, release } = entry;
    try {
      refusePromise(release(), 'a release');
    } catch (error) {
      faults.report(plugin, 'release', error, cycle.liveRecord);
    }
  }
}
