import {
  createSchedulerHost,
  defineFilter,
  definePlugin,
  type PoolOptions,
  reject,
  type SchedulerHost,
  type SchedulerOptions,
  tokenizedPrompt,
} from '@pointsman/core';
import {
  coreMetricsExtractor,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  metricsDataSource,
  queueScorer,
} from '@pointsman/plugin-load';
import { approxPrefixCacheProducer, prefixCacheScorer } from '@pointsman/plugin-prefix-cache';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { z } from 'zod';

/** The text of the request as if every four bytes were a token: what a tokenizer would say, without one. */
const fourByteTokens = definePlugin({
  type: 'four-byte-tokens',
  writes: [tokenizedPrompt],
  create: () => ({
    preCall(cycle) {
      const { body } = (cycle.request.payload ?? { body: new Uint8Array() }) as { readonly body: Uint8Array };
      const packed = body.subarray(0, body.length - (body.length % 4));
      cycle.set(tokenizedPrompt, {
        prompts: [{ packed, count: packed.length / 4, multimodal: [] }],
        cacheSalt: '',
      });
    },
  }),
});

const forbidsModel = definePlugin({
  type: 'forbids-model',
  params: z.strictObject({ model: z.string() }),
  create: ({ params }) => ({
    preCall({ request }) {
      if (request.model === params.model) reject({ status: 403, reason: 'forbidden-model' });
    },
  }),
});

const inZone = defineFilter({
  type: 'in-zone',
  params: z.strictObject({ avoid: z.string() }),
  create: ({ params }) => ({
    keep: (endpoint) => endpoint.labels.zone !== params.avoid || `zone ${params.avoid} is drained`,
  }),
});

const LOAD_SCORERS = [
  [queueScorer(), 2],
  [kvCacheUtilizationScorer(), 2],
] as const;

/** The default blend, with a filter and a hook that turns requests away. */
export function fleetPool(endpoints: PoolOptions['endpoints'], scraped = true): PoolOptions {
  return {
    endpoints,
    plugins: [
      fourByteTokens(),
      forbidsModel({ model: 'forbidden' }),
      approxPrefixCacheProducer({ autoTune: false, blockSizeTokens: 64 }),
      inflightLoadProducer(),
    ],
    ...(scraped ? { sources: [{ fetcher: metricsDataSource(), extractors: [coreMetricsExtractor()] }] } : {}),
    profiles: {
      default: {
        filters: [inZone({ avoid: 'z9' })],
        scorers: [[prefixCacheScorer(), 3], ...(scraped ? LOAD_SCORERS : [])],
        picker: maxScorePicker(),
      },
    },
  };
}

export function fleetScheduler(
  pools: SchedulerOptions['pools'],
  options: Omit<SchedulerOptions, 'pools'> = {},
): SchedulerHost {
  return createSchedulerHost({ pools, ...options });
}
