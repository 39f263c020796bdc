import { type DataKey, endpointValue, optional, peerEndpoint } from '@pointsman/core';

/** Where an endpoint runs, from the smallest to the largest. Empty where it is not known. */
export interface Topology {
  readonly hostname: string;
  readonly rack: string;
  readonly zone: string;
  readonly region: string;
}

/** Where each endpoint runs. */
export const topology = <const Producer extends string = 'topology-extractor'>(
  producer: Producer = 'topology-extractor' as Producer,
) => endpointValue<Topology>()(`Topology/${producer}`);

/** Both, for readers that can do without. */
export function topologyReads(producer: string) {
  return [optional(topology(producer)), optional(peerEndpoint)] as const satisfies readonly DataKey[];
}

const FAR = 4;

/** How near two endpoints are: 0 the same host, 1 rack, 2 zone, 3 region, 4 nothing in common. */
export function distance(a: Topology | undefined, b: Topology | undefined): number {
  if (a === undefined || b === undefined) return FAR;
  if (isSame(a.hostname, b.hostname)) return 0;
  if (isSame(a.rack, b.rack)) return 1;
  if (isSame(a.zone, b.zone)) return 2;
  if (isSame(a.region, b.region)) return 3;
  return FAR;
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a !== '' && a === b;
}
