import type { Metrics, Scheduler } from '@pointsman/core';
import { Registry } from 'prom-client';
import { observeEndpoints } from './endpoint-metrics.ts';
import { pageFormatFor } from './exposition/page-format.ts';
import { pagePieces } from './exposition/page-pieces.ts';
import { LivingEndpoints } from './living-endpoints.ts';
import { observeAsLlmd } from './llmd/observe-as-llmd.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { PrometheusMetrics } from './prometheus-metrics.ts';
import { observeScheduler } from './scheduler-metrics.ts';

/** What a scraper gets. */
export interface MetricsPage {
  readonly contentType: string;
  /** The text, made while it is read, with room in between for other work of the process. It can be read once. */
  readonly pieces: AsyncIterable<string>;
}

/** Prometheus metrics of one process. */
export interface Telemetry {
  /**
   * Give it to the scheduler, so that plugins register their metrics here. Series with the labels `pool` and `endpoint`
   * disappear with what they name once the scheduler is observed.
   */
  readonly metrics: Metrics;
  readonly registry: Registry;
  /**
   * Counts what a scheduler does.
   * @returns a function that stops it
   * @throws Error when a pool has the name of one that is observed already
   */
  observe(scheduler: Scheduler): () => void;
  /**
   * Counts what llm-d's endpoint picker counts, too, under its names.
   * @returns the scheduler to give to adapters: by it they measure what nobody else sees, such as times between tokens
   * @throws Error the second time: names of llm-d do not tell schedulers apart
   */
  observeAsLlmd(scheduler: Scheduler): Scheduler;
  /** The page in Prometheus text format. */
  text(): Promise<string>;
  /** The page in the format that a scraper asks for. @param accept its `Accept` header */
  page(accept: string | undefined): MetricsPage;
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
  if (options.processMetrics !== false) collectProcessMetrics(registry);
  const living = new LivingEndpoints();
  const metrics = new PrometheusMetrics(registry, living);
  observeEndpoints(living, registry);
  return {
    metrics,
    registry,
    observe(scheduler) {
      const unfollow = living.follow(scheduler);
      const stop = observeScheduler(scheduler, metrics);
      return () => {
        stop();
        unfollow();
      };
    },
    observeAsLlmd: (scheduler) => observeAsLlmd(scheduler, metrics, living, registry),
    async text() {
      const pieces: string[] = [];
      for await (const piece of pagePieces(registry, 'prometheus')) pieces.push(piece);
      return pieces.join('');
    },
    page(accept) {
      const format = pageFormatFor(accept);
      const { PROMETHEUS_CONTENT_TYPE, OPENMETRICS_CONTENT_TYPE } = Registry;
      return {
        contentType: format === 'openmetrics' ? OPENMETRICS_CONTENT_TYPE : PROMETHEUS_CONTENT_TYPE,
        pieces: pagePieces(registry, format),
      };
    },
  };
}
