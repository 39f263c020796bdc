import type { Endpoint } from '@pointsman/core';

/** Labels of an endpoint that name its ports, where several model servers share an address. */
const EVENTS_PORT = 'kvEventsPort';
const REPLAY_PORT = 'kvReplayPort';
/** How endpoints of a pod with several data-parallel ranks are called. */
const RANK = /-rank-(\d{1,3})$/;

/** Where an endpoint's model server publishes its events: at the port of its rank, unless a label says otherwise. */
export function eventAddress(endpoint: Endpoint, port: number): string {
  return addressOf(endpoint, portOf(endpoint, EVENTS_PORT, port));
}

/** Where it gives out events that have gone by; undefined when it does not. @param port 0 for none */
export function replayAddress(endpoint: Endpoint, port: number): string | undefined {
  if (port === 0 && endpoint.labels[REPLAY_PORT] === undefined) return undefined;
  return addressOf(endpoint, portOf(endpoint, REPLAY_PORT, port));
}

/** Names under which a model server may say who it is. */
export function podNames({ hostPort, address, port }: Endpoint): readonly string[] {
  const bare = `${address}:${port}`;
  return bare === hostPort ? [hostPort] : [hostPort, bare];
}

function portOf({ id, labels }: Endpoint, label: string, base: number): number {
  const own = Number(labels[label]);
  if (Number.isInteger(own) && own > 0 && own < 65_536) return own;
  return base + Number(RANK.exec(id)?.[1] ?? 0);
}

function addressOf({ address }: Endpoint, port: number): string {
  return `tcp://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
