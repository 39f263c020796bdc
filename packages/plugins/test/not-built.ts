/** Types of the reference that recordings use and that are not built yet. A type that is built must not be here. */
export const NOT_BUILT: readonly string[] = [
  'burst-prefix-cache-producer',
  'disaggregatedset-rollout-screener',
  'k8s-notification-source',
  'latency-scorer',
  'latency-slo-admitter',
  'mm-embeddings-cache-producer',
  'mm-embeddings-cache-scorer',
  'predicted-latency-producer',
  'slo-headroom-tier-filter',
];
