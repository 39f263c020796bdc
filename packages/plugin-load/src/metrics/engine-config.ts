import { z } from 'zod';
import { excerpt } from '../excerpt.ts';
import { type MetricSelector, parseSelector } from './metric-selector.ts';

const selector = z
  .string()
  .default('')
  .transform((text, context): MetricSelector | undefined => {
    if (text === '') return undefined;
    const parsed = parseSelector(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `${excerpt(text)} is no metric: write name or name{label=value,...}` });
    return z.NEVER;
  });

const requiredSelector = selector.refine((parsed) => parsed !== undefined, { message: 'must name a metric' });

/** Which metrics of an engine mean what. An empty text leaves the datum out. */
export const engineConfig = z.strictObject({
  /** Value of the engine label that selects this mapping. */
  name: z
    .string()
    .min(1, 'must not be empty')
    .refine((name) => name !== 'default', { message: '"default" is reserved' }),
  queuedRequestsSpec: selector,
  runningRequestsSpec: selector,
  kvUsageSpec: selector,
  /** Series with the labels `running_lora_adapters`, `waiting_lora_adapters` and `max_lora`. */
  loraSpec: selector,
  /** Series that tells the shape of the KV cache in the two labels below. */
  cacheInfoSpec: selector,
  cacheBlockSizeLabelName: z.string().default(''),
  cacheNumBlocksLabelName: z.string().default(''),
  /** For engines that tell the shape of the KV cache as values. */
  cacheBlockSizeSpec: selector,
  cacheNumBlocksSpec: selector,
  /** Further numbers, published as `<attributeKey>/core-metrics-extractor`. */
  customMetrics: z
    .array(z.strictObject({ attributeKey: z.string().min(1, 'must not be empty'), metricSpec: requiredSelector }))
    .default([]),
});

export type EngineConfig = z.output<typeof engineConfig>;

/** The engines that are known. */
export const builtInEngines: readonly EngineConfig[] = [
  {
    name: 'vllm',
    queuedRequestsSpec: 'vllm:num_requests_waiting',
    runningRequestsSpec: 'vllm:num_requests_running',
    kvUsageSpec: 'vllm:kv_cache_usage_perc',
    loraSpec: 'vllm:lora_requests_info',
    cacheInfoSpec: 'vllm:cache_config_info',
    cacheBlockSizeLabelName: 'block_size',
    cacheNumBlocksLabelName: 'num_gpu_blocks',
  },
  {
    name: 'sglang',
    queuedRequestsSpec: 'sglang:num_queue_reqs',
    runningRequestsSpec: 'sglang:num_running_reqs',
    kvUsageSpec: 'sglang:token_usage',
    cacheInfoSpec: 'sglang:cache_config_info',
    cacheBlockSizeLabelName: 'page_size',
    cacheNumBlocksLabelName: 'num_pages',
  },
  {
    name: 'trtllm-serve',
    queuedRequestsSpec: 'trtllm_num_requests_waiting',
    runningRequestsSpec: 'trtllm_num_requests_running',
    kvUsageSpec: 'trtllm_kv_cache_utilization',
    cacheBlockSizeSpec: 'trtllm_kv_cache_tokens_per_block',
    cacheNumBlocksSpec: 'trtllm_kv_cache_max_blocks',
  },
  {
    name: 'triton-tensorrt-llm',
    queuedRequestsSpec: 'nv_trt_llm_request_metrics{request_type=waiting}',
    runningRequestsSpec: 'nv_trt_llm_request_metrics{request_type=scheduled}',
    kvUsageSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=fraction}',
    cacheBlockSizeSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=tokens_per}',
    cacheNumBlocksSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=max}',
  },
  {
    name: 'triton',
    queuedRequestsSpec: 'nv_inference_pending_request_count',
    runningRequestsSpec: 'nv_inference_exec_count',
  },
].map((config) => engineConfig.parse(config));
