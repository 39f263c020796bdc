import type { Scheduler } from '@pointsman/core';
import type { Registry } from 'prom-client';
import type { LivingEndpoints } from '../living-endpoints.ts';
import type { PrometheusMetrics } from '../prometheus-metrics.ts';
import { addFamily } from '../series/add-family.ts';
import { Distribution } from '../series/distribution.ts';
import { aliasMetrics } from './alias-metrics.ts';
import { BUCKETS } from './buckets.ts';
import { DecisionCounts } from './decision-counts.ts';
import { MeasuredScheduler } from './measured-scheduler.ts';
import { observeData } from './observe-data.ts';
import { observeRequests } from './observe-requests.ts';
import { observePools } from './pool-metrics.ts';
import { addRequestFamilies } from './request-families.ts';
import { RequestSeries } from './request-series.ts';

/** Counts what llm-d's endpoint picker counts, under its names. @returns the scheduler as adapters have to see it */
export function observeAsLlmd(
  scheduler: Scheduler,
  metrics: PrometheusMetrics,
  living: LivingEndpoints,
  registry: Registry,
): Scheduler {
  const series = new RequestSeries(() => performance.now());
  const decisionSeconds = new Distribution(BUCKETS.pluginSeconds);
  addRequestFamilies(series, registry);
  addFamily(registry, {
    name: 'llm_d_epp_scheduler_e2e_duration_seconds',
    help: 'Time from the question to the scheduler to its decision, with what plugins fetch for it.',
    type: 'histogram',
    samples: () => [[{}, decisionSeconds]],
  });
  const decisions = new DecisionCounts(scheduler, living, registry);
  const open = observeRequests(scheduler, series, decisions);
  observeData(scheduler, metrics);
  observePools(scheduler, registry);
  aliasMetrics(scheduler, metrics, registry);
  return new MeasuredScheduler(scheduler, decisionSeconds, open);
}
