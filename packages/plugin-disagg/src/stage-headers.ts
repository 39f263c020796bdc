import type { Cycle, DecisionDraft, ProfileResult } from '@pointsman/core';

/** Tells a decode endpoint which endpoint computes the prompt: `ip:port`. */
const PREFILLER = 'x-prefiller-host-port';

/** Tells it which endpoints encode images, video and sound: `ip:port`, separated by commas. */
const ENCODERS = 'x-encoder-hosts-ports';

/** Names the endpoints of the other stages to the one that answers. What a client said of them is taken out. */
export function setStageHeaders(
  cycle: Cycle,
  decision: DecisionDraft,
  profiles: { readonly prefill: string; readonly encode: string },
): void {
  const prefill = companionOf(decision, profiles.prefill);
  const encode = companionOf(decision, profiles.encode);
  setOrRemove(cycle, decision, PREFILLER, prefill?.target.hostPort);
  setOrRemove(cycle, decision, ENCODERS, encode?.picked.map(({ hostPort }) => hostPort).join());
}

function companionOf({ results, primaryProfile }: DecisionDraft, profile: string): ProfileResult | undefined {
  return profile === primaryProfile ? undefined : results.find((result) => result.profile === profile);
}

function setOrRemove({ request }: Cycle, decision: DecisionDraft, name: string, value: string | undefined): void {
  if (value !== undefined) decision.setHeader(name, value);
  else if (request.headers[name] !== undefined) decision.setHeader(name, '');
}
