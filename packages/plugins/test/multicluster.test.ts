import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { VirtualClock } from '@pointsman/testkit/harness';
import { expect, onTestFinished, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

/** The metrics listener of a remote cluster's scheduler. */
async function cluster(queue: number, kvCache: number): Promise<number> {
  const page = `# TYPE llm_d_epp_average_queue_size gauge
llm_d_epp_average_queue_size ${queue}
# TYPE llm_d_epp_average_kv_cache_utilization gauge
llm_d_epp_average_kv_cache_utilization ${kvCache}
`;
  const server: Server = createServer((_, response) => void response.end(page));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test('clusters from a file are scraped where their labels say, and the idle one is chosen', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clusters-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const entry = (name: string, port: number) =>
    `- { name: ${name}, address: ${name}.example, port: 443, labels: { metricsAddress: 127.0.0.1, metricsPort: "${port}" } }\n`;
  const file = join(folder, 'clusters.yaml');
  writeFileSync(file, `endpoints:\n${entry('busy', await cluster(12, 0.9))}${entry('idle', await cluster(1, 0.2))}`);
  const text = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
- { type: multicluster-file-discovery, parameters: { path: ${file} } }
- { type: multicluster-metrics-data-source, parameters: { scheme: http } }
- { type: multicluster-metrics-extractor }
- { type: multicluster-session-affinity-filter }
- { type: multicluster-queue-scorer }
- { type: multicluster-kv-cache-utilization-scorer }
schedulingProfiles:
- name: default
  plugins:
  - pluginRef: multicluster-session-affinity-filter
  - pluginRef: multicluster-queue-scorer
  - pluginRef: multicluster-kv-cache-utilization-scorer
dataLayer:
  injectDefaults: false
  discovery: { pluginRef: multicluster-file-discovery }
  sources:
  - { pluginRef: multicluster-metrics-data-source, extractors: [{ pluginRef: multicluster-metrics-extractor }] }
`;
  const clock = new VirtualClock();
  await using configured = await createConfiguredScheduler({ catalog: createCatalog(builtinPlugins), text, clock });
  const { scheduler } = configured;
  await scheduler.start();
  const pool = scheduler.pools.get('default')!;
  const scraped = () => pool.health().filter(({ lastSuccessAt }) => lastSuccessAt !== null);
  await clock.advanceUntil(() => scraped().length === 2);
  await using call = await scheduler.schedule({ model: 'm' });
  expect(call.decision.target.hostPort).toBe('idle.example:443');
  expect(pool.faultCounts()).toEqual({});
});
