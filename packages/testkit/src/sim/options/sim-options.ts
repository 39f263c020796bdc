import { z } from 'zod';
import { duration } from './duration.ts';
import { fault } from './fault.ts';

/** What a failed request looks like, by `failureTypes`. */
export const FAILURE_TYPES = [
  'rate_limit',
  'invalid_api_key',
  'context_length',
  'server_error',
  'invalid_request',
  'model_not_found',
] as const;

const loraModule = z.object({
  name: z.string().min(1),
  path: z.string().default(''),
  base_model_name: z.string().optional(),
});

const count = z.number().int();

function time(description: string) {
  return duration.default(0).meta({ description, value: 'duration' });
}

/**
 * Options of a simulated model server. Where the reference simulator has an option, ours has its name (in camel case), its
 * meaning and its default. Times are milliseconds or Go durations (`100ms`).
 */
export const simOptions = z
  .strictObject({
    host: z.string().default('127.0.0.1').meta({ description: 'address to listen on' }),
    port: count.min(0).max(65_535).default(8000).meta({ description: 'port to listen on; 0 takes a free one' }),
    model: z.string().min(1).default('simulated-model').meta({ description: 'name of the model' }),
    servedModelName: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'names under which the model is served instead; the first one is shown', value: 'list' }),
    mode: z
      .enum(['random', 'echo'])
      .default('random')
      .meta({ description: 'what is answered: random text, or the prompt (the last user message)' }),
    seed: count.default(0).meta({ description: 'the same seed and requests give the same texts and delays' }),
    maxNumSeqs: count.min(1).default(5).meta({ description: 'requests that run at the same time' }),
    maxNumBatchedTokens: count.min(1).default(2048).meta({ description: 'token budget of a step' }),
    maxWaitingQueueLength: count
      .min(0)
      .default(1000)
      .meta({ description: 'requests that wait; more are refused (429)' }),
    maxModelLen: count.min(1).default(1024).meta({ description: 'tokens of prompt and answer together' }),
    startupDuration: time('/health/ready answers 503 until this time has passed'),

    latencyCalculator: z
      .enum(['', 'constant', 'per-token'])
      .default('')
      .meta({ description: 'form of the time to first token; empty: constant if time-to-first-token is set' }),
    timeToFirstToken: time('constant time to first token'),
    timeToFirstTokenStdDev: time('its standard deviation'),
    interTokenLatency: time('time between two tokens'),
    interTokenLatencyStdDev: time('its standard deviation'),
    prefillOverhead: time('fixed time of a prompt'),
    prefillTimePerToken: time('time of each prompt token that is not cached'),
    prefillTimeStdDev: time('standard deviation of the time of a prompt'),
    kvCacheTransferLatency: time('constant time to fetch a KV cache from another server'),
    kvCacheTransferLatencyStdDev: time('its standard deviation'),
    kvCacheTransferTimePerToken: time('time of each prompt token to fetch a KV cache'),
    kvCacheTransferTimeStdDev: time('standard deviation of that time'),
    timeFactorUnderLoad: z
      .number()
      .min(1)
      .default(1)
      .meta({ description: 'how much slower everything is when max-num-seqs requests run' }),

    enableKvcache: z.boolean().default(false).meta({ description: 'KV blocks with a prefix cache' }),
    kvCacheSize: count.min(1).default(1024).meta({ description: 'KV blocks' }),
    blockSize: count.min(1).default(16).meta({ description: 'tokens of a KV block' }),
    globalCacheHitThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .meta({ description: 'requests with a smaller share of cached prompt tokens end at once' }),

    maxLoras: count.min(1).default(1).meta({ description: 'LoRA adapters that run at the same time' }),
    loraModules: z
      .array(loraModule)
      .default([])
      .meta({ description: 'adapters, each as JSON: {"name": ..., "path": ...}', value: 'json-list' }),

    podName: z.string().default('').meta({ description: 'goes into the header x-inference-pod of answers' }),
    podNamespace: z.string().default('').meta({ description: 'goes into the header x-inference-namespace of answers' }),
    enableRequestIdHeaders: z
      .boolean()
      .default(false)
      .meta({ description: 'take the request id from X-Request-Id, and return it' }),
    metricsByName: z
      .boolean()
      .default(true)
      .meta({ description: 'give single metrics to those who ask for them below /metrics/' }),
    maxRequestBodySizeMb: z.number().positive().default(4).meta({ description: 'larger bodies get a 413' }),
    defaultEmbeddingDimensions: count.min(1).default(384).meta({ description: 'length of an embedding' }),
    minToolCallIntegerParam: count.default(0).meta({ description: 'least integer in the arguments of a tool call' }),
    maxToolCallIntegerParam: count.default(100).meta({ description: 'greatest integer' }),
    minToolCallNumberParam: z.number().default(0).meta({ description: 'least number' }),
    maxToolCallNumberParam: z.number().default(100).meta({ description: 'greatest number' }),
    minToolCallArrayParamLength: count.min(0).default(1).meta({ description: 'shortest array' }),
    maxToolCallArrayParamLength: count.min(0).default(5).meta({ description: 'longest array' }),
    toolCallNotRequiredParamProbability: count
      .min(0)
      .max(100)
      .default(50)
      .meta({ description: 'percentage of optional arguments that are given' }),

    failureInjectionRate: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta({ description: 'percentage of requests that fail' }),
    failureTypes: z
      .array(z.enum(FAILURE_TYPES))
      .default([])
      .meta({ description: `how they fail; any way when empty: ${FAILURE_TYPES.join(', ')}`, value: 'list' }),
    fault: z.array(fault).default([]).meta({
      description:
        'faults from the start: slow:4, hang, error:503, die-before-first-byte, die-mid-stream:10, stale-metrics, garbage-metrics',
      value: 'list',
    }),
  })
  .superRefine((options, context) => {
    if (options.maxNumBatchedTokens < options.maxNumSeqs) {
      context.addIssue({
        code: 'custom',
        path: ['maxNumBatchedTokens'],
        message: `must be at least max-num-seqs (${options.maxNumSeqs}): every running request needs one token a step`,
      });
    }
  });

/** Options of a simulated model server as a caller writes them. */
export type SimOptions = z.input<typeof simOptions>;
/** The same after validation, with defaults; times are milliseconds. */
export type ResolvedSimOptions = z.output<typeof simOptions>;
