import type { RunningEnvoy } from '../processes/envoys.ts';
import type { ModelServer } from './model-server.ts';

/**
 * What requests go through:
 * - `none`: Envoy alone, which takes the model servers in turn
 * - `fixed`: a picker that answers at once with one endpoint, under the recommended configuration: the floor of the transport
 * - `by-name`: `pointsman epp` under the recommended configuration, before model servers that, like vLLM, give single metrics
 * - else `pointsman epp` under that configuration of examples/envoy, before model servers that only give whole metrics pages
 */
export type SetupName = 'none' | 'fixed' | 'recommended' | 'full-duplex' | 'buffered' | 'by-name';

/** An Envoy, and its picker if it has one. */
export interface Setup {
  readonly name: SetupName;
  /** Its model servers. */
  readonly servers: readonly ModelServer[];
  readonly envoy: RunningEnvoy;
  readonly picker?: { readonly pid: number };
}
