import { DURATION_TEXT, millisecondsOf } from '@pointsman/core';
import { z } from 'zod';
import { bytesOf, SIZE_TEXT } from './size-text.ts';

const DEFAULT_BLOCK_SIZE = 16;
/** More than any engine has. */
const MAX_BLOCK_SIZE = 65_536;
const MIN_INDEX_BYTES = 1_048_576;
const NOT_BUILT = 'is known to llm-d but not built in this version';

const port = z.int().min(0).max(65_535);

const tokenProcessor = z.strictObject({
  /** Tokens in a block. At most, and a divisor of, what the model servers have. 0 or less: 16. */
  blockSizeTokens: z.int().max(MAX_BLOCK_SIZE).optional(),
  /** Deprecated name of `blockSizeTokens`; counts when that is not given. */
  blockSize: z.int().max(MAX_BLOCK_SIZE).optional(),
  /** Goes into every key. Independent of the model servers' seeds. */
  hashSeed: z.string().default(''),
  hashAlgorithm: z
    .enum(['cbor-fnv', 'xxh64', ''])
    .transform((algorithm) => (algorithm === '' ? 'cbor-fnv' : algorithm))
    .default('cbor-fnv'),
});

const indexer = z
  .strictObject({
    kvBlockIndexConfig: z
      .strictObject({
        inMemoryConfig: z
          .strictObject({
            /** Different blocks, at most. */
            size: z.int().min(1).default(100_000_000),
            /** Without effect: all endpoints of a block are known. */
            podCacheSize: z.int().min(1).optional(),
          })
          .prefault({}),
        costAwareMemoryConfig: z
          .strictObject({
            /** Bytes that everything may take, such as `2GiB`; counts instead of `maxIndexBytes`. */
            size: z.string().regex(SIZE_TEXT, 'must be a size such as 2GiB').default('2GiB'),
          })
          .optional(),
        redisConfig: z.unknown().optional(),
        /** Without effect: the metrics are there always. */
        enableMetrics: z.boolean().optional(),
        /** Without effect: nothing is logged at intervals. */
        metricsLoggingInterval: z.number().optional(),
      })
      .prefault({}),
    /** How much a block counts by where it lies. Default: gpu 1, cpu 0.8, anything else 1. */
    kvCacheBackendConfigs: z.array(z.strictObject({ name: z.string(), weight: z.number().min(0).max(1) })).default([
      { name: 'gpu', weight: 1 },
      { name: 'cpu', weight: 0.8 },
    ]),
    tokenizersPoolConfig: z.unknown().optional(),
  })
  .superRefine(({ kvBlockIndexConfig, tokenizersPoolConfig }, context) => {
    if (kvBlockIndexConfig.redisConfig !== undefined && kvBlockIndexConfig.costAwareMemoryConfig === undefined) {
      const message = `an index in Redis ${NOT_BUILT}; leave it out: every instance hears all events by itself`;
      context.addIssue({ code: 'custom', path: ['kvBlockIndexConfig', 'redisConfig'], message, input: undefined });
    }
    if (tokenizersPoolConfig !== undefined) {
      const message = 'a tokenizer of its own is not taken any more: use the plugin `token-producer`';
      context.addIssue({ code: 'custom', path: ['tokenizersPoolConfig'], message, input: undefined });
    }
  });

const events = z
  .strictObject({
    /** Address that model servers connect to, such as `tcp://*:5557`. */
    zmqEndpoint: z.string().default(''),
    /** What topics have to begin with. */
    topicFilter: z.string().default('kv@'),
    /** Without effect: events are taken in one after the other. */
    concurrency: z.int().optional(),
    /** Without effect: events of both are read alike. */
    engineType: z.enum(['vllm', 'sglang', '']).optional(),
    /** Connects to every endpoint. */
    discoverPods: z.boolean().default(true),
    podDiscoveryConfig: z
      .strictObject({
        /** Labels that endpoints have to have, `name=value,...`; empty: all endpoints publish events. */
        podLabelSelector: z
          .string()
          .regex(
            /^$|^[^=!,\s()]+==?[^=!,\s()]*(,[^=!,\s()]+==?[^=!,\s()]*)*$/,
            'must be of the form name=value,name=value',
          )
          .default(''),
        /** Only endpoints in this namespace publish events; empty: all do. */
        podNamespace: z.string().default(''),
        /** Port that a model server publishes its events at, plus its rank. */
        socketPort: port.default(5557),
        /** Port at which it gives out events that have gone by, plus its rank; 0 for none. */
        replaySocketPort: port.default(0),
      })
      .prefault({}),
  })
  .refine(({ zmqEndpoint, discoverPods }) => zmqEndpoint !== '' || discoverPods, {
    message: 'there is nobody to hear events from: give a zmqEndpoint, or leave discoverPods on',
    path: ['discoverPods'],
  });

const sections = z.strictObject({
  tokenProcessorConfig: tokenProcessor.optional(),
  indexerConfig: indexer.optional(),
  kvEventsConfig: events.optional(),
  /** Has an endpoint count as having the prompts that it was just chosen for, until its events say so. */
  speculativeIndexing: z.boolean().optional(),
  /** How long it does. */
  speculativeTTL: z.string().regex(DURATION_TEXT, 'must be a duration such as 2s').optional(),
  /** Bytes that the index and what belongs to it may take; what was not used for long makes room. Not known to llm-d. */
  maxIndexBytes: z.int().min(MIN_INDEX_BYTES).optional(),
});

/** Parameters with llm-d's names and defaults, as far as they have an effect. */
export type PrecisePrefixCacheParams = ReturnType<typeof settle>;

function settle(given: z.output<typeof sections>) {
  const { blockSizeTokens, blockSize, hashSeed, hashAlgorithm } =
    given.tokenProcessorConfig ?? tokenProcessor.parse({});
  const { kvBlockIndexConfig, kvCacheBackendConfigs } = given.indexerConfig ?? indexer.parse({});
  const { inMemoryConfig, costAwareMemoryConfig } = kvBlockIndexConfig;
  const size = blockSizeTokens ?? blockSize ?? 0;
  const ttlMs = given.speculativeTTL === undefined ? 0 : millisecondsOf(given.speculativeTTL);
  return {
    hash: { blockSizeTokens: size > 0 ? size : DEFAULT_BLOCK_SIZE, hashSeed, hashAlgorithm },
    limits: {
      maxBytes: Math.max(
        MIN_INDEX_BYTES,
        costAwareMemoryConfig === undefined
          ? (given.maxIndexBytes ?? 536_870_912)
          : bytesOf(costAwareMemoryConfig.size),
      ),
      maxBlocks: inMemoryConfig.size,
    },
    weights: new Map(kvCacheBackendConfigs.map(({ name, weight }) => [name.toLowerCase(), weight] as const)),
    events: given.kvEventsConfig ?? events.parse({}),
    speculativeMs: given.speculativeIndexing === true ? (ttlMs > 0 ? ttlMs : 2000) : 0,
  };
}

/** Parameters of `precise-prefix-cache-producer`. */
export const precisePrefixCacheParams = sections.transform(settle);

/** Parameters of `precise-prefix-cache-scorer`: without any it has no index of its own. */
export const precisePrefixCacheScorerParams = sections.transform((given) =>
  Object.keys(given).length === 0 ? undefined : settle(given),
);
