import { encodedEndpointStrategy } from './encoded-endpoint-strategy.ts';
import type { SessionAffinityParams } from './session-affinity-params.ts';
import { sessionIdStrategy } from './session-id-strategy.ts';
import type { SessionStrategy } from './session-strategy.ts';

/** The strategy that the parameters name, with what its predecessor handed over. */
export function sessionStrategyOf(params: SessionAffinityParams, inherited: unknown): SessionStrategy {
  return params.strategy === 'session_id' ? sessionIdStrategy(params, inherited) : encodedEndpointStrategy(params);
}
