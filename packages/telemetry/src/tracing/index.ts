export { createRequestTracing, type RequestTracingOptions, type SchedulerTracing } from './create-request-tracing.ts';
