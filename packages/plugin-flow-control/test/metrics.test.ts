import type { MetricOptions, Metrics } from '@pointsman/core';
import { expect, it } from 'vitest';
import { SamplePool } from './sample-pool.ts';

/** Remembers the last value of gauges, the sum of counters, and all that histograms observe. */
function recordingMetrics() {
  const seen = new Map<string, number | number[]>();
  const keyOf = ({ name, labels = [] }: MetricOptions, given: Readonly<Record<string, string>> = {}) => {
    const [mine, theirs] = [Object.keys(given).sort().join(), [...labels].sort().join()];
    // Called for every observation: an assertion would take most of the time of the test.
    if (mine !== theirs) throw new Error(`${name} has the labels ${theirs}, and was given ${mine}`);
    return `${name.replace('llm_d_epp_flow_control_', '')}{${labels.map((label) => given[label]).join()}}`;
  };
  const metrics: Metrics = {
    counter: (options) => ({
      add(amount = 1, labels) {
        const key = keyOf(options, labels);
        seen.set(key, ((seen.get(key) ?? 0) as number) + amount);
      },
    }),
    gauge: (options) => ({ set: (value, labels) => void seen.set(keyOf(options, labels), value) }),
    histogram: (options) => ({
      observe(value, labels) {
        const key = keyOf(options, labels);
        seen.set(key, [...((seen.get(key) ?? []) as number[]), value]);
      },
    }),
  };
  const of = (prefix: string) => Object.fromEntries([...seen].filter(([key]) => key.startsWith(prefix)));
  return { metrics, of };
}

it('counts what comes, what waits and what becomes of it', async () => {
  const { metrics, of } = recordingMetrics();
  const params = { requestTtlMs: 1000, maxRequests: 4, defaultBand: { maxRequests: 2, maxBytes: 100 } };
  await using pool = new SamplePool({ params, metrics });
  const input = { targetModel: 't', payload: { body: new Uint8Array(30) } };
  pool.send(input);
  const left = pool.send(input);
  pool.send({ ...input, headers: { 'x-llm-d-inference-fairness-id': 'team' } });
  pool.send(input);
  pool.send({ ...input, priority: 3 });
  await pool.clock.advance(500);
  expect(of('queue_size')).toEqual({
    'queue_size{default-flow,0,default,m,t}': 1,
    'queue_size{team,0,default,m,t}': 1,
    'queue_size{default-flow,3,default,m,t}': 1,
  });
  expect(of('queue_bytes{team')).toEqual({ 'queue_bytes{team,0,default,m,t}': 30 });
  expect(of('capacity_utilization')).toEqual({
    'capacity_utilization_requests{0,default}': 1,
    'capacity_utilization_bytes{0,default}': 0.6,
    'capacity_utilization_requests{3,default}': 0.5,
    'capacity_utilization_bytes{3,default}': 0.3,
  });
  expect(of('global')).toEqual({ 'global_capacity_utilization_requests{default}': 0.75 });
  expect(of('pool_saturation')).toEqual({
    'pool_saturation{default,effective}': 1,
    'pool_saturation{default,decode}': 1,
  });
  left.abort();
  await pool.settled();
  pool.end(pool.sent[0]!);
  await pool.clock.advance(500);
  expect(of('requests_total')).toEqual({
    'requests_total{Dispatched,0,default}': 1,
    'requests_total{Dispatched,3,default}': 1,
    'requests_total{EvictedContextCancelled,0,default}': 1,
    'requests_total{EvictedTTL,0,default}': 1,
    'requests_total{RejectedCapacity,0,default}': 1,
  });
  expect(of('request_queue_duration')).toEqual({
    'request_queue_duration_seconds{default-flow,0,Dispatched,default,m,t}': [0],
    'request_queue_duration_seconds{default-flow,0,RejectedCapacity,default,m,t}': [0],
    'request_queue_duration_seconds{default-flow,0,EvictedContextCancelled,default,m,t}': [0.5],
    'request_queue_duration_seconds{default-flow,3,Dispatched,default,m,t}': [0.5],
    'request_queue_duration_seconds{team,0,EvictedTTL,default,m,t}': [1],
  });
  expect(of('request_enqueue')).toMatchObject({
    'request_enqueue_duration_seconds{team,0,NotYetFinalized}': [0],
  });
  expect(Object.values(of('queue_'))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(Object.values(of('capacity'))).toEqual([0, 0, 0, 0]);
});

it('shows what programs get', async () => {
  const { metrics, of } = recordingMetrics();
  const params = { defaultBand: { fairness: 'program-aware-fairness' }, programs: { lasHalfLifeSeconds: 0 } } as const;
  await using pool = new SamplePool({ metrics, params });
  for (const program of ['a', 'b']) pool.send({ headers: { 'x-llm-d-inference-fairness-id': program } });
  await pool.clock.advance(100);
  pool.sent[0]!.call!.end({ usage: { promptTokens: 5, outputTokens: 10 } });
  await pool.clock.advance(10);
  expect(of('llm_d_epp_program_aware')).toEqual({
    'llm_d_epp_program_aware_avg_wait_time_milliseconds{a}': 0,
    'llm_d_epp_program_aware_avg_wait_time_milliseconds{b}': 100,
    'llm_d_epp_program_aware_attained_service_tokens{a}': 25,
    'llm_d_epp_program_aware_jains_fairness_index{}': 0.5,
  });
});

it('counts who was given up, and for whom', async () => {
  const { metrics, of } = recordingMetrics();
  await using pool = new SamplePool({ capacity: 2, metrics, params: { eviction: { graceMs: 100 } } });
  for (let i = 0; i < 2; i++) pool.send({ priority: -1 });
  await pool.settled();
  pool.send({ priority: 3 });
  await pool.settled();
  expect(of('revocation')).toEqual({
    'revocations_issued_total{3,default}': 1,
    'revocations_total{confirmed,default}': 1,
    'revocation_confirmation_seconds{default}': [0],
  });
  expect(of('reclaim_target')).toEqual({ 'reclaim_target{default}': 0 });
  expect(of('pending_reclaim')).toEqual({ 'pending_reclaim{default}': 0.5 });
  await pool.clock.advance(100);
  expect(of('pending_reclaim')).toEqual({ 'pending_reclaim{default}': 0 });
});

it('stays true when the configuration changes', async () => {
  const { metrics, of } = recordingMetrics();
  await using pool = new SamplePool({ metrics, params: { defaultBand: { maxRequests: 4 } } });
  const input = { payload: { body: new Uint8Array(30) } };
  for (let i = 0; i < 3; i++) pool.send(input);
  await pool.settled();
  expect(of('capacity_utilization_requests')).toEqual({ 'capacity_utilization_requests{0,default}': 0.5 });
  pool.reload({ defaultBand: { maxRequests: 2 } });
  expect(of('capacity_utilization_requests')).toEqual({ 'capacity_utilization_requests{0,default}': 1 });
  expect(of('queue_size')).toEqual({ 'queue_size{default-flow,0,default,m,m}': 2 });
  for (let i = 0; i < 3; i++) {
    pool.end(pool.sent[i]!);
    await pool.clock.advance(10);
  }
  expect(Object.values(of('queue_'))).toEqual([0, 0]);
  expect(Object.values(of('capacity_utilization'))).toEqual([0, 0]);
  expect(of('requests_total')).toEqual({ 'requests_total{Dispatched,0,default}': 3 });
});

it('has a limited number of series, whatever clients make up', async () => {
  const { metrics, of } = recordingMetrics();
  await using pool = new SamplePool({ metrics });
  for (let i = 0; i < 1500; i++) {
    pool.send({ model: `m${i}`, priority: i, headers: { 'x-llm-d-inference-fairness-id': `f${i}` } });
  }
  await pool.settled();
  const names = Object.keys(of('queue_size'));
  expect(names).toContain('queue_size{other,other,default,other,other}');
  expect(names.length).toBeLessThan(1010);
});
