import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { endpointNotificationSource, precisePrefixCacheProducer, precisePrefixCacheScorer } from '../src/index.ts';

/** Without sockets: nobody starts the pools, and no events come. */
describe.each([
  ['precise-prefix-cache-producer', precisePrefixCacheProducer({ speculativeIndexing: true })],
  ['precise-prefix-cache-scorer', precisePrefixCacheScorer()],
  ['precise-prefix-cache-scorer with events of its own', precisePrefixCacheScorer({ speculativeIndexing: false })],
  ['endpoint-notification-source', endpointNotificationSource()],
])('laws that every plugin keeps: %s', (_, use) => {
  it.each(pluginLaws(use, { remembers: true, runs: 20 }))('$name', ({ check }) => check());
});
