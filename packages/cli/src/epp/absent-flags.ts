import type { AbsentFlag } from '../llmd-flags/absent-flag.ts';

const KUBERNETES = 'endpoints are not taken from Kubernetes yet; name a source of endpoints in the configuration';
const METRIC_NAMES = 'llm-d refuses it too; name metrics in engineConfigs of core-metrics-extractor';

/** Flags of llm-d's endpoint picker that ask for something that is not here. */
export const ABSENT_FLAGS: readonly AbsentFlag[] = [
  { name: 'ha-enable-leader-election', why: 'replicas do not elect a leader yet', harmless: 'false' },
  { name: 'pool-group', why: KUBERNETES },
  { name: 'endpoint-selector', why: KUBERNETES },
  { name: 'endpoint-target-ports', why: KUBERNETES },
  { name: 'grpc-max-send-msg-size', why: 'replies have at most 62,000 bytes of body each' },
  { name: 'refresh-metrics-interval', why: 'say "interval" in the parameters of metrics-data-source' },
  { name: 'refresh-prometheus-metrics-interval', why: 'gauges are current whenever they are read' },
  { name: 'metrics-staleness-threshold', why: 'how old metrics are is not judged yet' },
  { name: 'total-queued-requests-metric', why: METRIC_NAMES },
  { name: 'total-running-requests-metric', why: METRIC_NAMES },
  { name: 'kv-cache-usage-percentage-metric', why: METRIC_NAMES },
  { name: 'lora-info-metric', why: METRIC_NAMES },
  { name: 'cache-info-metric', why: METRIC_NAMES },
  { name: 'enable-pprof', why: 'profile with node --cpu-prof, or node --inspect', harmless: 'false' },
  {
    name: 'metrics-endpoint-auth',
    why: 'metrics are served to whoever reaches the port; guard it in the network, and say --metrics-endpoint-auth=false',
    harmless: 'false',
  },
  { name: 'metrics-cert-dir', why: 'metrics are served without TLS' },
  { name: 'metrics-client-ca-file', why: 'metrics are served without TLS' },
  { name: 'allow-experimental-plugins', why: 'no plugin is held back here', harmless: 'true' },
  { name: 'zap-encoder', why: 'logs are JSON lines' },
  { name: 'zap-devel', why: 'logs are JSON lines', harmless: 'false' },
  { name: 'zap-stacktrace-level', why: 'logs are JSON lines' },
  { name: 'zap-time-encoding', why: 'times are ISO 8601' },
];
