import type { PluginDefinition } from '@pointsman/core';
import { approxPrefixCacheProducer } from './approx-prefix-cache-producer.ts';
import { prefixCacheScorer } from './prefix-cache-scorer.ts';

export { approxPrefixCacheProducer, prefixCacheScorer };

/** Every plugin of this package. */
export const prefixCachePlugins: readonly PluginDefinition[] = [approxPrefixCacheProducer, prefixCacheScorer];
