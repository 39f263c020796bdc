import type { PluginDefinition } from '@pointsman/core';
import { endpointSpeedProducer } from './endpoint-speed-producer.ts';
import { expectedLatencyScorer } from './expected-latency-scorer.ts';

export { endpointSpeed, expectedLatency, expectedOutputTokens } from './speed-keys.ts';
export { endpointSpeedProducer, expectedLatencyScorer };

/** Every plugin of this package. */
export const latencyPlugins: readonly PluginDefinition[] = [endpointSpeedProducer, expectedLatencyScorer];
