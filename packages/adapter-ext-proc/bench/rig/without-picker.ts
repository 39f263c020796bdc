import { connectionManager, type EnvoyConfig } from '../../test/envoy/rig/shipped-config.ts';

/** The same Envoy without the picker: its filter is gone, and the model servers are addresses that it takes in turn. */
export function withoutPicker(config: EnvoyConfig, ports: readonly number[]): EnvoyConfig {
  const changed = structuredClone(config);
  const manager = connectionManager(changed);
  manager.http_filters = manager.http_filters.filter(({ name }) => name !== 'envoy.filters.http.ext_proc');
  const clusters = changed.static_resources.clusters.filter(({ name }) => name !== 'picker');
  changed.static_resources.clusters = clusters;
  const servers = clusters.find(({ name }) => name === 'model-servers')!;
  delete servers.original_dst_lb_config;
  Object.assign(servers, {
    type: 'STATIC',
    lb_policy: 'ROUND_ROBIN',
    load_assignment: {
      cluster_name: servers.name,
      endpoints: [
        {
          lb_endpoints: ports.map((port_value) => ({
            endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } },
          })),
        },
      ],
    },
  });
  return changed;
}
