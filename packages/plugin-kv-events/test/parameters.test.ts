import { createRequire } from 'node:module';
import { createScheduler, definePicker, type EndpointSpec, PointsmanError } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { eventAddress, podNames, replayAddress } from '../src/feed/event-address.ts';
import { eventSources } from '../src/feed/event-sources.ts';
import { loadZeroMq } from '../src/feed/load-zeromq.ts';
import { precisePrefixCacheParams, precisePrefixCacheScorerParams } from '../src/precise-prefix-cache-params.ts';

const picker = definePicker({ type: 'none', create: () => ({ pick: () => 0 }) });
const parse = (params: unknown) => precisePrefixCacheParams.parse(params);

function endpoint(spec: EndpointSpec) {
  const scheduler = createScheduler({ endpoints: [spec], profiles: { default: { picker: picker() } } });
  return scheduler.pools.get('default')!.endpoints()[0]!;
}

describe('parameters', () => {
  it('have the defaults of llm-d', () => {
    const { hash, limits, weights, events, speculativeMs } = parse({});
    expect(hash).toEqual({ blockSizeTokens: 16, hashSeed: '', hashAlgorithm: 'cbor-fnv' });
    expect(limits).toEqual({ maxBytes: 536_870_912, maxBlocks: 100_000_000 });
    expect([...weights]).toEqual([
      ['gpu', 1],
      ['cpu', 0.8],
    ]);
    expect(events).toMatchObject({ zmqEndpoint: '', topicFilter: 'kv@', discoverPods: true });
    expect(events.podDiscoveryConfig).toMatchObject({ socketPort: 5557, replaySocketPort: 0 });
    expect(speculativeMs).toBe(0);
  });

  it('are taken under their old names too', () => {
    expect(parse({ tokenProcessorConfig: { blockSize: 64 } }).hash.blockSizeTokens).toBe(64);
    expect(parse({ tokenProcessorConfig: { blockSize: 64, blockSizeTokens: 32 } }).hash.blockSizeTokens).toBe(32);
    expect(parse({ tokenProcessorConfig: { blockSizeTokens: 0 } }).hash.blockSizeTokens).toBe(16);
  });

  it('give the index a size in bytes', () => {
    const sized = (size: string) =>
      parse({ indexerConfig: { kvBlockIndexConfig: { costAwareMemoryConfig: { size } } } });
    expect(sized('2GiB').limits.maxBytes).toBe(2 ** 31);
    expect(sized('1.5 MB').limits.maxBytes).toBe(1_500_000);
    expect(sized('7').limits.maxBytes).toBe(1_048_576);
    expect(() => sized('much')).toThrow('must be a size such as 2GiB');
  });

  it('say how long a choice counts', () => {
    expect(parse({ speculativeIndexing: true }).speculativeMs).toBe(2000);
    expect(parse({ speculativeIndexing: true, speculativeTTL: '500ms' }).speculativeMs).toBe(500);
    expect(parse({ speculativeTTL: '5s' }).speculativeMs).toBe(0);
  });

  it.each([
    [
      { indexerConfig: { kvBlockIndexConfig: { redisConfig: {} } } },
      'an index in Redis is known to llm-d but not built',
    ],
    [{ indexerConfig: { tokenizersPoolConfig: {} } }, 'use the plugin `token-producer`'],
    [{ kvEventsConfig: { discoverPods: false } }, 'there is nobody to hear events from'],
    [{ kvEventsConfig: { podDiscoveryConfig: { podLabelSelector: 'a in (b)' } } }, 'must be of the form name=value'],
    [{ kvEventsConfig: { engineType: 'triton' } }, 'Invalid option'],
    [{ tokenProcessorConfig: { hashAlgorithm: 'sha256' } }, 'Invalid option'],
    [{ speculativeTTL: 'abc' }, 'must be a duration such as 2s'],
    [{ unknownKey: 1 }, 'Unrecognized key'],
  ])('%j are refused', (params, message) => {
    expect(() => parse(params)).toThrow(message);
  });

  it('decide whether the scorer hears events by itself', () => {
    expect(precisePrefixCacheScorerParams.parse({})).toBeUndefined();
    expect(precisePrefixCacheScorerParams.parse({ tokenProcessorConfig: {} })?.hash.blockSizeTokens).toBe(16);
  });
});

describe('addresses', () => {
  it('are of the rank of an endpoint, or as its labels say', () => {
    const plain = endpoint({ id: 'default/pod', address: '10.0.0.1', port: 8000 });
    expect(eventAddress(plain, 5557)).toBe('tcp://10.0.0.1:5557');
    expect(replayAddress(plain, 0)).toBeUndefined();
    expect(replayAddress(plain, 5558)).toBe('tcp://10.0.0.1:5558');
    const rank = endpoint({ id: 'default/pod-rank-3', address: 'fd00::1', port: 8003 });
    expect(eventAddress(rank, 5557)).toBe('tcp://[fd00::1]:5560');
    expect(podNames(rank)).toEqual(['[fd00::1]:8003', 'fd00::1:8003']);
    const labels = { kvEventsPort: '7000', kvReplayPort: '7001' };
    const labelled = endpoint({ id: 'default/pod', address: 'localhost', port: 1, labels });
    expect(eventAddress(labelled, 5557)).toBe('tcp://localhost:7000');
    expect(replayAddress(labelled, 0)).toBe('tcp://localhost:7001');
  });

  it('are of endpoints that are wanted', () => {
    const sources = (podLabelSelector: string, podNamespace: string) =>
      eventSources(parse({ kvEventsConfig: { podDiscoveryConfig: { podLabelSelector, podNamespace } } }).events);
    const one = endpoint({ id: 'inference/pod', address: '10.0.0.1', port: 8000, labels: { a: 'b', 'x/y': '' } });
    expect(sources('', '').isPublisher(one)).toBe(true);
    expect(sources('a=b,x/y==', 'inference').isPublisher(one)).toBe(true);
    expect(sources('a=c', '').isPublisher(one)).toBe(false);
    expect(sources('', 'other').isPublisher(one)).toBe(false);
  });
});

describe('without ZeroMQ', () => {
  it('a configuration is refused, with what to do', () => {
    const load = () => loadZeroMq('mine', [() => createRequire(import.meta.url)('a-package-that-is-not-there')]);
    expect(load).toThrow('plugin "mine" needs the package zeromq, which is not installed');
    try {
      load();
    } catch (error) {
      expect(PointsmanError.is(error, 'PLUGIN_FAILED') && error.hint).toBe('Run `npm install zeromq@6`.');
    }
    const broken = () => {
      throw new Error('wrong ELF class');
    };
    expect(() => loadZeroMq('mine', [broken])).toThrow('which cannot be loaded here: Error: wrong ELF class');
  });
});
