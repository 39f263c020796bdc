import type { PluginDefinition } from '@pointsman/core';
import { approxPrefixCacheProducer } from './approx-prefix-cache-producer.ts';
import { conditionalDecodeFilter } from './conditional-decode-filter.ts';
import { noHitLruScorer } from './no-hit-lru-scorer.ts';
import { p2pSourceProducer } from './p2p-source-producer.ts';
import { prefixCacheAffinityFilter } from './prefix-cache-affinity-filter.ts';
import { prefixCacheScorer } from './prefix-cache-scorer.ts';

export {
  approxPrefixCacheProducer,
  conditionalDecodeFilter,
  noHitLruScorer,
  p2pSourceProducer,
  prefixCacheAffinityFilter,
  prefixCacheScorer,
};

/** Every plugin of this package. */
export const prefixCachePlugins: readonly PluginDefinition[] = [
  approxPrefixCacheProducer,
  conditionalDecodeFilter,
  noHitLruScorer,
  p2pSourceProducer,
  prefixCacheAffinityFilter,
  prefixCacheScorer,
];
