import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** As much of an Envoy configuration as the tests look at. */
export interface EnvoyConfig {
  admin: unknown;
  static_resources: {
    listeners: {
      address: SocketAddress;
      filter_chains: { filters: { typed_config: ConnectionManager }[] }[];
    }[];
    clusters: Cluster[];
  };
}

export interface SocketAddress {
  socket_address: { address: string; port_value: number };
}

export interface Cluster {
  name: string;
  load_assignment?: { endpoints: { lb_endpoints: { endpoint: { address: SocketAddress } }[] }[] };
  [field: string]: unknown;
}

export interface ConnectionManager {
  http_filters: { name: string; typed_config: Record<string, unknown> }[];
  route_config: unknown;
  early_header_mutation_extensions: unknown;
  [field: string]: unknown;
}

/** A configuration of examples/envoy. */
export function shippedConfig(name: string): EnvoyConfig {
  return parse(readFileSync(new URL(`../../../../../examples/envoy/configs/${name}.yaml`, import.meta.url), 'utf8'));
}

/**
 * The same configuration on free ports.
 * @param ports where the clusters with fixed addresses are here, by cluster name: one port for each address
 */
export function onFreePorts(config: EnvoyConfig, ports: Readonly<Record<string, readonly number[]>>): EnvoyConfig {
  const moved = structuredClone(config);
  moved.admin = { address: loopback(0) };
  for (const listener of moved.static_resources.listeners) listener.address = loopback(0);
  for (const { name, load_assignment } of moved.static_resources.clusters) {
    const addresses = load_assignment?.endpoints.flatMap(({ lb_endpoints }) => lb_endpoints) ?? [];
    addresses.forEach(({ endpoint }, i) => {
      const port = ports[name]?.[i];
      if (port === undefined) throw new Error(`no port for address ${i} of cluster ${name}`);
      endpoint.address = loopback(port);
    });
  }
  return moved;
}

export function connectionManager(config: EnvoyConfig): ConnectionManager {
  return config.static_resources.listeners[0]!.filter_chains[0]!.filters[0]!.typed_config;
}

/** The settings of its external processing filters. */
export function extProcFilters(config: EnvoyConfig): Record<string, unknown>[] {
  return connectionManager(config)
    .http_filters.filter(({ name }) => name.startsWith('envoy.filters.http.ext_proc'))
    .map(({ typed_config }) => typed_config);
}

function loopback(port: number): SocketAddress {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
