import type { PluginDefinition } from '@pointsman/core';
import { approxPrefixCacheProducer } from './approx-prefix-cache-producer.ts';
import { noHitLruScorer } from './no-hit-lru-scorer.ts';
import { prefixCacheAffinityFilter } from './prefix-cache-affinity-filter.ts';
import { prefixCacheScorer } from './prefix-cache-scorer.ts';

export { approxPrefixCacheProducer, noHitLruScorer, prefixCacheAffinityFilter, prefixCacheScorer };

/** Every plugin of this package. */
export const prefixCachePlugins: readonly PluginDefinition[] = [
  approxPrefixCacheProducer,
  noHitLruScorer,
  prefixCacheAffinityFilter,
  prefixCacheScorer,
];
