import { createTestBench, type RecordedEndpoint, type RecordedRequest, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { p2pSourceProducer } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request: RecordedRequest;
  readonly profileTargets: Readonly<Record<string, readonly string[]>>;
  readonly primaryProfile: string;
  readonly expected: { readonly requestHeadersAfter: Readonly<Record<string, string>> };
}

describe('p2p-source-producer as recorded', () => {
  const cases = readGolden<Case>('p2p-source-producer.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, request, profileTargets, primaryProfile, params, expected } = recorded;
    await using bench = createTestBench({
      endpoints,
      plugins: [p2pSourceProducer(params as never)],
      profiles: Object.fromEntries(Object.keys(profileTargets).map((profile) => [profile, {}])),
    });
    const { call } = await bench.run({ request, targets: profileTargets, primaryProfile });
    // What the client sent under that name is removed by the adapters.
    expect(call!.decision.headers).toEqual(expected.requestHeadersAfter);
    call!.end();
  });
});
