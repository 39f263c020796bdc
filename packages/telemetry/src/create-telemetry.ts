import type { Metrics, Scheduler } from '@pointsman/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { aliasMetrics } from './alias-metrics.ts';
import { observePools } from './pool-metrics.ts';
import { PrometheusMetrics } from './prometheus-metrics.ts';
import { observeScheduler } from './scheduler-metrics.ts';

/** Prometheus metrics of one process. */
export interface Telemetry {
  /** Give it to the scheduler, so that plugins register their metrics here. */
  readonly metrics: Metrics;
  readonly registry: Registry;
  /** Counts what a scheduler does. Returns a function that stops it. */
  observe(scheduler: Scheduler): () => void;
  /**
   * Adds what llm-d's endpoint picker tells, under its names: sums over each pool, and metrics of plugins once more. All of
   * it is made when the page is read.
   */
  observeAsLlmd(scheduler: Scheduler): void;
  /** The page in Prometheus text format. */
  text(): Promise<string>;
}

/**
 * Makes Prometheus metrics over prom-client.
 * @param options.registry a registry of the host; default: a new one
 * @param options.processMetrics also CPU, memory and event-loop figures of this process; default true
 */
export function createTelemetry(
  options: { readonly registry?: Registry; readonly processMetrics?: boolean } = {},
): Telemetry {
  const registry = options.registry ?? new Registry();
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry });
  return {
    metrics: new PrometheusMetrics(registry),
    registry,
    observe: (scheduler) => observeScheduler(scheduler, registry),
    observeAsLlmd(scheduler) {
      observePools(scheduler, registry);
      aliasMetrics(scheduler, registry);
    },
    text: () => registry.metrics(),
  };
}
