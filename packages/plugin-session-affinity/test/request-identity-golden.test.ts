import { agentIdentity } from '@pointsman/core';
import { createTestBench, type RecordedRequest, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { agentIdentityHook, sessionId, sessionIdProducer } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly plugin: 'agent-identity' | 'session-id-producer';
  readonly params?: Record<string, unknown>;
  readonly request?: RecordedRequest;
  readonly expected: { readonly attribute?: string | null; readonly error?: string };
}

describe('request-identity.jsonl', () => {
  const cases = readGolden<Case>('request-identity.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { expected } = recorded;
    const [factory, key] =
      recorded.plugin === 'agent-identity' ? [agentIdentityHook, agentIdentity] : [sessionIdProducer, sessionId()];
    const bind = () => factory(recorded.params as never);
    if (expected.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    await using bench = createTestBench({ endpoints: [{ id: 'ns/a' }], plugins: [bind()] });
    const { probed, call } = await bench.run({ request: recorded.request ?? {} });
    expect(probed[key.id]?.[''] ?? null).toBe(expected.attribute);
    call!.end();
  });
});
