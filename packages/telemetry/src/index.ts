export { createTelemetry, type Telemetry } from './create-telemetry.ts';
export { PrometheusMetrics } from './prometheus-metrics.ts';
export { observeScheduler } from './scheduler-metrics.ts';
export { timePlugins } from './time-plugins.ts';
