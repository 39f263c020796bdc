import { readdirSync } from 'node:fs';
import { routingControlHeaders } from '@pointsman/inference-api';
import { describe, expect, it } from 'vitest';
import { connectionManager, extProcFilters, shippedConfig } from './rig/shipped-config.ts';

const folder = new URL('../../../../examples/envoy/configs/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));
const recommended = shippedConfig('recommended');

/** Headers of clients that would say where a request goes, or whom a model server talks to. */
const STEERING = [...routingControlHeaders].filter((name) => /endpoint$|host-port|hosts-ports|rewrite$/.test(name));

describe.each(names)('the shipped configuration %s', (name) => {
  const config = shippedConfig(name);

  it('removes steering headers of clients before anything else', () => {
    const [{ typed_config }] = connectionManager(config).early_header_mutation_extensions as [
      { typed_config: { mutations: { remove: string }[] } },
    ];
    const removed = typed_config.mutations.map(({ remove }) => remove);
    expect(removed).toEqual(expect.arrayContaining(STEERING.filter((header) => !header.includes('conformance'))));
  });

  it('fails closed, unless that is what it is about', () => {
    for (const filter of extProcFilters(config)) expect(filter.failure_mode_allow).toBe(name === 'fail-open');
  });

  it('forwards the metadata of the protocol', () => {
    const picker = extProcFilters(config).at(-1)!;
    expect(picker.metadata_options).toEqual(extProcFilters(recommended)[0]!.metadata_options);
  });

  it('serves this machine only', () => {
    const { listeners, clusters } = config.static_resources;
    const text = JSON.stringify([config.admin, listeners, clusters]);
    for (const [, address] of text.matchAll(/"address":"([^"]+)"/g)) expect(address).toBe('127.0.0.1');
  });

  it('has Envoy wait longer than requests wait in the picker by default', () => {
    for (const { message_timeout } of extProcFilters(config))
      expect(Number.parseFloat(`${message_timeout}`)).toBeGreaterThan(60);
  });

  it.each(config.static_resources.clusters.map((cluster) => [cluster.name, cluster] as const))(
    'has room for tens of thousands of requests, and notices that the other side is gone: %s',
    (_name, cluster) => {
      expect(cluster.circuit_breakers).toEqual({
        thresholds: [{ max_connections: 40_000, max_pending_requests: 40_000, max_requests: 40_000 }],
      });
      const text = JSON.stringify(cluster);
      const isPicker = /picker|router/.test(cluster.name);
      expect(text).toContain(
        isPicker ? '"connection_keepalive":{"interval":"10s","timeout":"5s"}' : '"tcp_keepalive":{',
      );
      if (isPicker) expect(text).toContain('"max_concurrent_streams":10000');
      else if (!cluster.name.endsWith('-grpc')) expect(text).toContain('"idle_timeout":"4s"');
    },
  );

  it('sends requests on as the recommended one does', () => {
    const clusterOf = (from: typeof config, wanted: string) =>
      from.static_resources.clusters.find((cluster) => cluster.name === wanted);
    for (const wanted of ['model-servers', 'model-servers-grpc']) {
      expect(clusterOf(config, wanted)).toEqual(clusterOf(recommended, wanted));
    }
  });
});
