import type { Decision } from '@pointsman/core';

/** Names that the endpoint picker protocol gives to headers and metadata. */
export const DESTINATION = {
  /** Namespace of the metadata. */
  namespace: 'envoy.lb',
  /** Header and metadata: where the request goes. */
  endpoint: 'x-gateway-destination-endpoint',
  /** Metadata: what each candidate scored. */
  scores: 'x-gateway-destination-endpoint-scores',
  /** Metadata of the response: who answered. */
  served: 'x-gateway-destination-endpoint-served',
  subsetNamespace: 'envoy.lb.subset_hint',
  /** Metadata of the request: the only endpoints allowed. */
  subset: 'x-gateway-destination-endpoint-subset',
} as const;

/** Target and fallbacks, best first: `host:port` each, IPv6 in brackets, separated by commas. */
export function destinationOf({ target, fallbacks }: Decision): string {
  if (fallbacks.length === 0) return target.hostPort;
  return [target, ...fallbacks].map((endpoint) => endpoint.hostPort).join(',');
}
