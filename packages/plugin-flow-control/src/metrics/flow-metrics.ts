import { LabelValues, type Metrics } from '@pointsman/core';
import type { FlowObserver } from '../flow-observer.ts';
import type { Saturation } from '../pool-saturation.ts';
import type { RequestFacts } from '../queue/waiting-request.ts';
import { EvictionMetrics } from './eviction-metrics.ts';
import { FillingGauges } from './filling-gauges.ts';
import { ProgramMetrics } from './program-metrics.ts';
import { QueueGauges } from './queue-gauges.ts';

/** Buckets of llm-d, in seconds. */
const QUEUE_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CYCLE_BUCKETS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/** As many fairness ids and models have series of their own; all others are counted together. */
const NAMES_LIMIT = 1000;
const PRIORITIES_LIMIT = 100;

/** What flow control tells Prometheus, under llm-d's names. */
export function flowMetrics(metrics: Metrics, pool: string): FlowObserver {
  const [fairnessIds, models, priorities] = [NAMES_LIMIT, NAMES_LIMIT, PRIORITIES_LIMIT].map((n) => new LabelValues(n));
  const queues = new QueueGauges(metrics);
  const fillings = new FillingGauges(metrics, pool);
  const programs = new ProgramMetrics(metrics, NAMES_LIMIT);
  const evictions = new EvictionMetrics(metrics, pool);
  const total = metrics.counter({
    name: 'llm_d_epp_flow_control_requests_total',
    help: 'Requests by what became of them in flow control.',
    labels: ['outcome', 'priority', 'inference_pool'],
  });
  const enqueuing = metrics.histogram({
    name: 'llm_d_epp_flow_control_request_enqueue_duration_seconds',
    help: 'How long it took to find requests a place to wait in.',
    labels: ['fairness_id', 'priority', 'outcome'],
    buckets: CYCLE_BUCKETS,
  });
  const waited = metrics.histogram({
    name: 'llm_d_epp_flow_control_request_queue_duration_seconds',
    help: 'How long requests waited.',
    labels: ['fairness_id', 'priority', 'outcome', 'inference_pool', 'model_name', 'target_model_name'],
    buckets: QUEUE_BUCKETS,
  });
  const cycle = metrics.histogram({
    name: 'llm_d_epp_flow_control_dispatch_cycle_duration_seconds',
    help: 'How long it took to look at the pool, and maybe to let a request in, while requests waited.',
    buckets: CYCLE_BUCKETS,
  });
  const saturation = metrics.gauge({
    name: 'llm_d_epp_flow_control_pool_saturation',
    help: 'How full the pool is; 1 is full.',
    labels: ['inference_pool', 'stage'],
  });
  const shown: Record<string, number> = {};
  const show = (stage: keyof Saturation, value: number | undefined) => {
    if (value === undefined || shown[stage] === value) return;
    shown[stage] = value;
    saturation.set(value, { inference_pool: pool, stage });
  };
  return {
    labelsOf: ({ model, targetModel, priority }, fairnessId) => ({
      fairness_id: fairnessIds!.of(fairnessId),
      priority: priorities!.of(String(priority)),
      inference_pool: pool,
      model_name: models!.of(model),
      target_model_name: models!.of(targetModel),
    }),
    enqueued(facts, tookMs) {
      queues.add(facts);
      const { fairness_id, priority } = facts.labels as { readonly fairness_id: string; readonly priority: string };
      enqueuing.observe(tookMs / 1000, { fairness_id, priority, outcome: 'NotYetFinalized' });
    },
    dequeued: (facts) => queues.remove(facts),
    filled: (band, all) => fillings.show(priorities!.of(String(band.priority)), band, all),
    settled({ labels }: RequestFacts, outcome, waitedMs) {
      total.add(1, { outcome, priority: labels['priority']!, inference_pool: pool });
      waited.observe(waitedMs / 1000, { ...labels, outcome });
    },
    saturated({ effective, prefill, decode }) {
      show('effective', effective);
      show('prefill', prefill);
      show('decode', decode);
    },
    dispatched: (tookMs) => cycle.observe(tookMs / 1000),
    programWaited: (id, averageMs, fairness) => programs.waited(id, averageMs, fairness),
    programServed: (id, tokens) => programs.served(id, tokens),
    evicted: (demand, tookMs) => evictions.evicted(priorities!.of(String(demand)), tookMs),
    reclaiming: (target, pending) => evictions.reclaiming(target, pending),
  };
}
