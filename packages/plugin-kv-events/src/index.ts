import type { PluginDefinition } from '@pointsman/core';
import { endpointNotificationSource } from './endpoint-notification-source.ts';
import { precisePrefixCacheProducer } from './precise-prefix-cache-producer.ts';
import { precisePrefixCacheScorer } from './precise-prefix-cache-scorer.ts';

export { endpointNotificationSource, precisePrefixCacheProducer, precisePrefixCacheScorer };

/** Every plugin of this package. */
export const kvEventsPlugins: readonly PluginDefinition[] = [
  precisePrefixCacheProducer,
  precisePrefixCacheScorer,
  endpointNotificationSource,
];
