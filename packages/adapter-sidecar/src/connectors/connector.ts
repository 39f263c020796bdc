import type { JsonObjectText } from '../json/json-object.ts';
import type { HostPort } from '../request/host-port.ts';
import type { Exchange } from '../server/exchange.ts';

/** A request that has a prefiller, understood as far as it has to be. */
export interface PrefillTask {
  readonly exchange: Exchange;
  readonly body: JsonObjectText;
  readonly prefiller: HostPort;
  /** An endpoint from which the prefiller may pull cached blocks. */
  readonly source: HostPort | undefined;
  /** Whether the client itself asked for a cache threshold. */
  readonly hasThreshold: boolean;
}

/** Runs the prefill and the decode of a request. @throws SidecarError for what the client is told */
export type Connector = (task: PrefillTask) => Promise<void>;
