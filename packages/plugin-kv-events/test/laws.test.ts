import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { precisePrefixCacheProducer, precisePrefixCacheScorer } from '../src/index.ts';
import { hasZeroMq } from './test-publisher.ts';

/** Without sockets: nobody starts the pools, and no events come. */
describe.runIf(hasZeroMq).each([
  ['precise-prefix-cache-producer', () => precisePrefixCacheProducer({ speculativeIndexing: true })],
  ['precise-prefix-cache-scorer', () => precisePrefixCacheScorer()],
  [
    'precise-prefix-cache-scorer with events of its own',
    () => precisePrefixCacheScorer({ speculativeIndexing: false }),
  ],
])('laws that every plugin keeps: %s', (_, use) => {
  it.each(pluginLaws(use(), { remembers: true, runs: 10 }))('$name', ({ check }) => check());
});
