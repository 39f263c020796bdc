import type { EngineStats } from '../engine/engine.ts';
import type { ResolvedSimOptions } from '../options/sim-options.ts';
import { Counter, gauge, Histogram, labelValue } from './metric-series.ts';

const TTFT = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const TPOT = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const LATENCY = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

/** Times of a finished request, in milliseconds of the engine's clock. */
export interface RequestTimes {
  readonly arrivedMs: number;
  readonly startedMs: number;
  /** Undefined when no token came. */
  readonly firstTokenMs: number | undefined;
  readonly endedMs: number;
}

/** What the metrics page of a model server shows, under vLLM's names. */
export class EngineMetrics {
  readonly #options: ResolvedSimOptions;
  readonly #labels: string;
  readonly #ttft = new Histogram('vllm:time_to_first_token_seconds', 'Time from start to first token.', TTFT);
  readonly #tpot = new Histogram('vllm:time_per_output_token_seconds', 'Time between two tokens.', TPOT);
  readonly #itl = new Histogram('vllm:inter_token_latency_seconds', 'Time between two tokens.', TPOT);
  readonly #meanTpot = new Histogram(
    'vllm:request_time_per_output_token_seconds',
    'Mean time between two tokens of a request.',
    TPOT,
  );
  readonly #e2e = new Histogram('vllm:e2e_request_latency_seconds', 'Time from arrival to last token.', LATENCY);
  readonly #queue = new Histogram('vllm:request_queue_time_seconds', 'Time in the waiting queue.', LATENCY);
  readonly #inference = new Histogram('vllm:request_inference_time_seconds', 'Time from start to last token.', LATENCY);
  readonly #prefill = new Histogram('vllm:request_prefill_time_seconds', 'Time from start to first token.', LATENCY);
  readonly #decode = new Histogram('vllm:request_decode_time_seconds', 'Time from first to last token.', LATENCY);
  readonly #promptTokens: Histogram;
  readonly #outputTokens: Histogram;
  readonly #maxOutputTokens: Histogram;
  readonly #maxTokens: Histogram;
  readonly #promptTotal = new Counter('vllm:prompt_tokens_total', 'Prompt tokens processed.');
  readonly #outputTotal = new Counter('vllm:generation_tokens_total', 'Tokens generated.');
  readonly #success = new Counter('vllm:request_success_total', 'Requests finished.');
  #adapters = '';
  #adaptersChangedAt: number;

  constructor(options: ResolvedSimOptions, model: string, nowMs: number) {
    this.#options = options;
    this.#labels = `model_name="${labelValue(model)}"`;
    this.#adaptersChangedAt = nowMs;
    const bounds = tokenBounds(options.maxModelLen);
    this.#promptTokens = new Histogram('vllm:request_prompt_tokens', 'Prompt tokens of a request.', bounds);
    this.#outputTokens = new Histogram('vllm:request_generation_tokens', 'Tokens generated for a request.', bounds);
    this.#maxOutputTokens = new Histogram('vllm:max_num_generation_tokens', 'Most tokens of an answer.', bounds);
    this.#maxTokens = new Histogram('vllm:request_params_max_tokens', 'The limit that the request gave.', bounds);
  }

  /** It left the waiting queue. @param queuedMs nothing is counted when it did not wait */
  started(queuedMs: number): void {
    if (queuedMs > 0) this.#queue.observe(queuedMs / 1000);
  }

  firstToken(ms: number): void {
    this.#ttft.observe(ms / 1000);
  }

  nextToken(ms: number): void {
    this.#tpot.observe(ms / 1000);
    this.#itl.observe(ms / 1000);
  }

  finished(
    times: RequestTimes,
    promptTokens: number,
    outputTokens: number,
    maxTokens: number | undefined,
    finishReason: string,
  ): void {
    const { arrivedMs, startedMs, endedMs, firstTokenMs = endedMs } = times;
    const decodeMs = endedMs - firstTokenMs;
    this.#e2e.observe((endedMs - arrivedMs) / 1000);
    this.#inference.observe((endedMs - startedMs) / 1000);
    this.#prefill.observe((firstTokenMs - startedMs) / 1000);
    this.#decode.observe(decodeMs / 1000);
    this.#meanTpot.observe(outputTokens > 1 ? decodeMs / 1000 / (outputTokens - 1) : 0);
    this.#promptTokens.observe(promptTokens);
    this.#outputTokens.observe(outputTokens);
    this.#maxOutputTokens.observe(outputTokens);
    if (maxTokens !== undefined) this.#maxTokens.observe(maxTokens);
    this.#promptTotal.add(promptTokens);
    this.#outputTotal.add(outputTokens);
    this.#success.add(1, `finish_reason="${finishReason}"`);
  }

  /** The page in the Prometheus text format. @param nowMs milliseconds since the epoch */
  page(stats: EngineStats, nowMs: number): string {
    const { blockSize, kvCacheSize } = this.#options;
    const model = this.#labels;
    const lines = [
      ...gauge(
        'vllm:cache_config_info',
        'The KV cache.',
        `block_size="${blockSize}",num_gpu_blocks="${kvCacheSize}"`,
        1,
      ),
      ...gauge('vllm:kv_cache_usage_perc', 'Share of KV blocks in use, 0 to 1.', model, stats.kvUsage),
      ...this.#adapterInfo(stats, nowMs),
      ...gauge('vllm:num_requests_running', 'Requests that run.', model, stats.running),
      ...gauge('vllm:num_requests_waiting', 'Requests that wait.', model, stats.waiting),
      ...this.#cacheCounters(stats),
    ];
    const series = [
      this.#ttft,
      this.#tpot,
      this.#itl,
      this.#meanTpot,
      this.#e2e,
      this.#queue,
      this.#inference,
      this.#prefill,
      this.#decode,
      this.#promptTokens,
      this.#outputTokens,
      this.#maxOutputTokens,
      this.#maxTokens,
      this.#promptTotal,
      this.#outputTotal,
      this.#success,
    ];
    for (const each of series) lines.push(...each.lines(model));
    return `${lines.join('\n')}\n`;
  }

  #adapterInfo(stats: EngineStats, nowMs: number): string[] {
    const running = labelValue(stats.runningAdapters.join(','));
    const waiting = labelValue(stats.waitingAdapters.join(','));
    const adapters = `running_lora_adapters="${running}",waiting_lora_adapters="${waiting}"`;
    if (adapters !== this.#adapters) {
      if (this.#adapters !== '') this.#adaptersChangedAt = nowMs;
      this.#adapters = adapters;
    }
    const labels = `max_lora="${this.#options.maxLoras}",${adapters}`;
    const value = Math.floor(this.#adaptersChangedAt / 1000);
    return gauge('vllm:lora_requests_info', 'LoRA adapters in use; the value is when that changed.', labels, value);
  }

  #cacheCounters(stats: EngineStats): string[] {
    if (stats.prefixQueries === 0 || !this.#options.enableKvcache) return [];
    const hits = new Counter('vllm:prefix_cache_hits_total', 'Prompt tokens found in the prefix cache.');
    const queries = new Counter('vllm:prefix_cache_queries_total', 'Prompt tokens looked up in the prefix cache.');
    const preemptions = new Counter('vllm:num_preemptions_total', 'Requests put back because blocks ran out.');
    hits.add(stats.prefixHits);
    queries.add(stats.prefixQueries);
    if (stats.preemptions > 0) preemptions.add(stats.preemptions);
    return [hits, queries, preemptions].flatMap((counter) => counter.lines(this.#labels));
  }
}

/** 1, 2, 5, 10, 20 ... up to the longest context. */
function tokenBounds(longest: number): number[] {
  const bounds: number[] = [];
  for (let power = 1; power <= longest; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power <= longest) bounds.push(step * power);
  }
  return bounds;
}
