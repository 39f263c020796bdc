import { pluginLaws } from '@pointsman/testkit/conformance';
import { createTestBench } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { destinationEndpointServedVerifier } from '../src/index.ts';

const HEADER = 'x-conformance-test-served-endpoint';
const endpoints = [
  { id: 'a/0', address: '10.0.0.1', port: 8000 },
  { id: 'a/1', address: 'fd00::1', port: 8001 },
];

describe('destination-endpoint-served-verifier', () => {
  it('tells who answered, the fallback too', async () => {
    await using bench = createTestBench({ endpoints, plugins: [destinationEndpointServedVerifier()] });
    const [first, second] = bench.pool.endpoints();
    const target = (await bench.run()).call!;
    expect(target.responseHeaders(200, {}, first)).toEqual({ [HEADER]: '10.0.0.1:8000' });
    target.end();
    const fallback = (await bench.run()).call!;
    expect(fallback.responseHeaders(200, {}, second)).toEqual({ [HEADER]: '[fd00::1]:8001' });
    fallback.end();
  });

  it('says so when nobody told it', async () => {
    await using bench = createTestBench({ endpoints, plugins: [destinationEndpointServedVerifier()] });
    const { call } = await bench.run();
    expect(call!.responseHeaders(200, {})).toEqual({ [HEADER]: 'fail: missing envoy lb metadata' });
    call!.end();
  });

  it('needs no body of a response, and tells nothing at its end', async () => {
    await using bench = createTestBench({ endpoints, plugins: [destinationEndpointServedVerifier()] });
    const { call } = await bench.run();
    expect(call!.readsResponseBody).toBe(false);
    expect(call!.complete()).toEqual({});
    call!.end();
  });

  it('minds no parameters, as in llm-d', () => {
    expect(() => destinationEndpointServedVerifier({ unknownKey: 1 } as never)).not.toThrow();
  });
});

describe('laws of destination-endpoint-served-verifier', () => {
  it.each(pluginLaws(destinationEndpointServedVerifier()))('$name', ({ check }) => check());
});
