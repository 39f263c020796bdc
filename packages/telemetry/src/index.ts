export { createTelemetry, type MetricsPage, type Telemetry } from './create-telemetry.ts';
export { timePlugins } from './llmd/time-plugins.ts';
