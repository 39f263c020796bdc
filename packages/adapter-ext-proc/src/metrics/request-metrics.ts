import { type InferenceRequest, LabelValues, type Metrics, type Scheduler } from '@pointsman/core';
import type { ParsedRequest } from '@pointsman/inference-api';
import { observeDecisions } from './decision-metrics.ts';

const LABELS = ['model_name', 'target_model_name', 'fairness_id', 'priority'] as const;
const NAMES_LIMIT = 1000;

const DURATION_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 120, 180, 240,
  300, 360, 480, 600, 900, 1200, 1800, 2700, 3600,
];
const FIRST_TOKEN_SECONDS = DURATION_SECONDS.filter((bound) => bound <= 120);
const SECONDS_PER_TOKEN = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
// 32,778 is no slip of ours: dashboards know the bucket under that bound.
const TOKENS = [
  1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32778, 65536, 131072, 262144, 524288, 1048576,
];
const OUTPUT_TOKENS = TOKENS.filter((bound) => bound <= 8192);
const SECONDS_PER_LATER_TOKEN = [
  0.0005, 0.00205, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 2,
];
const BYTES = Array.from({ length: 25 }, (_, i) => 2 ** (6 + i));

/**
 * Counts requests under the names, labels and buckets of llm-d's endpoint picker, so that its dashboards go on working.
 * @returns a function that stops it
 */
export function observeRequests(scheduler: Scheduler, metrics: Metrics): () => void {
  const labels = [...LABELS];
  const histogram = (name: string, help: string, buckets: readonly number[], more: readonly string[] = []) =>
    metrics.histogram({ name, help, labels: [...labels, ...more], buckets });
  const total = metrics.counter({ name: 'llm_d_epp_request_total', help: 'Requests.', labels });
  const errors = metrics.counter({
    name: 'llm_d_epp_request_error_total',
    help: 'Requests that failed, by code.',
    labels: [...labels, 'error_code'],
  });
  const running = metrics.gauge({ name: 'llm_d_epp_request_running', help: 'Requests that run.', labels });
  const duration = histogram('llm_d_epp_request_duration_seconds', 'From the decision to the end.', DURATION_SECONDS);
  const firstToken = histogram('llm_d_epp_request_ttft_seconds', 'To the first token.', FIRST_TOKEN_SECONDS, [
    'streaming',
  ]);
  const perToken = histogram('llm_d_epp_request_ntpot_seconds', 'Duration per output token.', SECONDS_PER_TOKEN);
  const perLaterToken = histogram(
    'llm_d_epp_request_streaming_tpot_seconds',
    'Duration per output token after the first, of streams.',
    SECONDS_PER_LATER_TOKEN,
  );
  const size = histogram('llm_d_epp_request_size_bytes', 'Bodies of requests.', BYTES);
  const input = histogram('llm_d_epp_request_input_tokens', 'Prompt tokens.', TOKENS);
  const output = histogram('llm_d_epp_request_output_tokens', 'Output tokens.', OUTPUT_TOKENS);
  const cached = histogram('llm_d_epp_request_cached_tokens', 'Prompt tokens from the prefix cache.', TOKENS);
  const endpoints = metrics.gauge({ name: 'llm_d_epp_ready_endpoints', help: 'Endpoints.', labels: ['name'] });

  const models = new LabelValues(NAMES_LIMIT);
  const fairness = new LabelValues(NAMES_LIMIT);
  const labelsOf = ({ model, targetModel, headers, priority }: InferenceRequest) => ({
    model_name: models.of(model),
    target_model_name: models.of(targetModel),
    fairness_id: fairness.of(headers['x-llm-d-inference-fairness-id'] ?? ''),
    priority: String(priority),
  });
  const openByLabels = new Map<string, number>();
  const addRunning = (of: ReturnType<typeof labelsOf>, step: 1 | -1) => {
    const key = Object.values(of).join('\n');
    const open = (openByLabels.get(key) ?? 0) + step;
    if (open === 0) openByLabels.delete(key);
    else openByLabels.set(key, open);
    running.set(open, of);
  };

  const onDecision: Parameters<typeof scheduler.on<'decision'>>[1] = (_decision, request) => {
    const of = labelsOf(request);
    total.add(1, of);
    addRunning(of, 1);
    const { body } = (request.payload ?? {}) as Partial<ParsedRequest>;
    if (body !== undefined) size.observe(body.length, of);
  };
  const onRejected: Parameters<typeof scheduler.on<'rejected'>>[1] = ({ request, error }) => {
    const of = labelsOf(request);
    total.add(1, of);
    errors.add(1, { ...of, error_code: error.code });
  };
  const onEnded: Parameters<typeof scheduler.on<'ended'>>[1] = (_decision, outcome, request) => {
    const of = labelsOf(request);
    addRunning(of, -1);
    const { status, httpStatus = 0, totalMs, firstTokenMs, usage } = outcome;
    duration.observe(totalMs / 1000, of);
    if (status === 'error' || httpStatus >= 400) errors.add(1, { ...of, error_code: 'ModelServerError' });
    if (firstTokenMs !== undefined) {
      firstToken.observe(firstTokenMs / 1000, { ...of, streaming: String(request.stream) });
    }
    if (usage === undefined) return;
    input.observe(usage.promptTokens, of);
    output.observe(usage.outputTokens, of);
    if (usage.cachedTokens !== undefined) cached.observe(usage.cachedTokens, of);
    if (usage.outputTokens > 0) perToken.observe(totalMs / 1000 / usage.outputTokens, of);
    if (request.stream && firstTokenMs !== undefined && usage.outputTokens > 1) {
      perLaterToken.observe((totalMs - firstTokenMs) / 1000 / (usage.outputTokens - 1), of);
    }
  };
  const onEndpoints = ({ pool }: { readonly pool: string }) =>
    endpoints.set(scheduler.pools.get(pool)?.endpoints().length ?? 0, { name: pool });
  for (const pool of scheduler.pools.keys()) onEndpoints({ pool });
  scheduler.on('decision', onDecision).on('rejected', onRejected).on('ended', onEnded);
  const stopDecisions = observeDecisions(scheduler, metrics, models);
  scheduler.on('endpoint:added', onEndpoints).on('endpoint:removed', onEndpoints);
  return () => {
    stopDecisions();
    scheduler.off('decision', onDecision).off('rejected', onRejected).off('ended', onEnded);
    scheduler.off('endpoint:added', onEndpoints).off('endpoint:removed', onEndpoints);
  };
}
