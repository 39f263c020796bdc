import type { PluginCatalog } from './catalog.ts';

/**
 * Every plugin type of llm-d, by the capability that it belongs to. What the catalogue has is built; what it has not is
 * known by name, so that a file which asks for it is refused for what it is, and not as a typo.
 */
const REFERENCE_TYPES: Readonly<Record<string, readonly string[]>> = {
  'pickers and profile handlers': [
    'max-score-picker',
    'random-picker',
    'weighted-random-picker',
    'single-profile-handler',
    'header-profile-handler',
  ],
  'load scorers and filters': [
    'queue-scorer',
    'kv-cache-utilization-scorer',
    'running-requests-size-scorer',
    'active-request-scorer',
    'token-load-scorer',
    'load-aware-scorer',
    'inflight-load-producer',
    'utilization-filter',
  ],
  'placement scorers and filters': [
    'label-selector-filter',
    'by-label-selector',
    'by-label',
    'lora-affinity-scorer',
    'context-length-aware',
    'header-label-affinity-scorer',
    'endpoint-attribute-filter',
    'endpoint-attribute-scorer',
    'header-based-testing-filter',
  ],
  topology: ['topology-affinity-filter', 'topology-affinity-scorer', 'topology-extractor'],
  'session affinity': ['session-affinity-scorer', 'session-affinity-filter', 'session-id-producer', 'agent-identity'],
  'prefix locality': [
    'prefix-cache-scorer',
    'approx-prefix-cache-producer',
    'prefix-cache-affinity-filter',
    'no-hit-lru-scorer',
  ],
  'token counts': ['token-producer', 'tokenizer'],
  'multimodal caches': ['mm-embeddings-cache-scorer', 'mm-embeddings-cache-producer'],
  'exact prefix locality': [
    'precise-prefix-cache-scorer',
    'precise-prefix-cache-producer',
    'burst-prefix-cache-producer',
    'p2p-source-producer',
    'endpoint-notification-source',
  ],
  'prefill/decode disaggregation': [
    'encode-filter',
    'prefill-filter',
    'decode-filter',
    'disagg-profile-handler',
    'pd-profile-handler',
    'disagg-headers-handler',
    'prefill-header-handler',
    'always-disagg-pd-decider',
    'prefix-based-pd-decider',
    'always-disagg-multimodal-decider',
  ],
  'data parallelism': ['data-parallel-profile-handler'],
  'predicted latency': [
    'predicted-latency-producer',
    'latency-scorer',
    'slo-headroom-tier-filter',
    'latency-slo-admitter',
  ],
  admission: ['probabilistic-admitter'],
  'request accounting': ['request-attribute-reporter', 'destination-endpoint-served-verifier'],
  'model-server metrics': [
    'metrics-data-source',
    'core-metrics-extractor',
    'models-data-source',
    'models-data-extractor',
    'dcgm-data-source',
    'dcgm-extractor',
  ],
  Kubernetes: ['k8s-notification-source', 'disaggregatedset-rollout-screener'],
  'multi-cluster': [
    'multicluster-session-affinity-filter',
    'multicluster-queue-scorer',
    'multicluster-kv-cache-utilization-scorer',
    'multicluster-prefix-cache-scorer',
    'multicluster-approx-prefix-cache-producer',
    'multicluster-metrics-data-source',
    'multicluster-metrics-extractor',
  ],
  'flow control': [
    'global-strict-fairness-policy',
    'round-robin-fairness-policy',
    'program-aware-fairness',
    'fcfs-ordering-policy',
    'edf-ordering-policy',
    'slo-deadline-ordering-policy',
    'static-usage-limit-policy',
    'sheddable-eviction-filter',
    'priority-then-time-eviction-order-policy',
    'priority-holdback-policy',
    'soft-reflective-ceiling-policy',
    'concurrency-detector',
    'utilization-detector',
  ],
};

const CAPABILITY_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(REFERENCE_TYPES).flatMap(([capability, types]) => types.map((type) => [type, capability] as const)),
);

/** The capability that would bring a plugin type of llm-d; undefined when it is built, or no type of llm-d. */
export function missingCapability(type: string, catalog: PluginCatalog): string | undefined {
  return catalog.find(type) === undefined ? CAPABILITY_OF.get(type) : undefined;
}

/** Every plugin type of llm-d that is not built, with the capability that would bring it. */
export function unbuiltTypes(catalog: PluginCatalog): ReadonlyMap<string, string> {
  return new Map([...CAPABILITY_OF].filter(([type]) => catalog.find(type) === undefined));
}

/** How a plugin type that is not built is refused. */
export function unbuiltMessage(type: string, capability: string): string {
  return `type "${type}" is known to llm-d but not built in this version (${capability})`;
}
