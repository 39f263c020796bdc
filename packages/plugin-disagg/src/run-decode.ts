import type { HandlerCycle, ProfileResult, RunProfile } from '@pointsman/core';

/** Chooses who answers. Says in the explanation when there is no such profile. */
export function runDecode(cycle: HandlerCycle, run: RunProfile, profile: string): ProfileResult | undefined {
  if (cycle.profiles.includes(profile)) return run(profile);
  cycle.note(`there is no profile "${profile}"`);
  return undefined;
}
