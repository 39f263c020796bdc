import { definePlugin } from '@pointsman/core';
import { precisePrefixCache, preciseReads, preciseWrites } from './precise-prefix-cache.ts';
import { precisePrefixCacheParams } from './precise-prefix-cache-params.ts';

/** Tells how much of the prompt each endpoint has cached, as the model servers themselves report it. */
export const precisePrefixCacheProducer = definePlugin({
  type: 'precise-prefix-cache-producer',
  // llm-d lists it as an extractor of `endpoint-notification-source`; here it learns of endpoints anyway.
  kinds: ['fetcher', 'extractor'],
  description: 'Tells how much of the prompt each endpoint has cached, by the events that model servers publish.',
  params: precisePrefixCacheParams,
  reads: (_, name) => preciseReads(name),
  writes: (_, name) => preciseWrites(name),
  create: (context) => ({ ...precisePrefixCache(context, context.params), extract: () => false }),
});
