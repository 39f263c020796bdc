import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { type Call, inFlightLoad, type Pool, tokenizedPrompt } from '@pointsman/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { builtinPlugins } from '../../src/index.ts';

const catalog = createCatalog(builtinPlugins);

const TEXT = `plugins:
- { type: disagg-profile-handler, parameters: { deciders: { prefill: prefix-based-pd-decider, encode: always-disagg-multimodal-decider } } }
- { type: prefix-based-pd-decider, parameters: { nonCachedTokens: 100 } }
- { type: always-disagg-multimodal-decider }
- { type: decode-filter }
- { type: prefill-filter }
- { type: encode-filter }
- { type: active-request-scorer }
- { type: inflight-load-producer }
- { type: max-score-picker, parameters: { maxNumOfEndpoints: 3 } }
schedulingProfiles:
- { name: decode, plugins: [{ pluginRef: decode-filter }, { pluginRef: active-request-scorer }] }
- { name: prefill, plugins: [{ pluginRef: prefill-filter }, { pluginRef: active-request-scorer }] }
- { name: encode, plugins: [{ pluginRef: encode-filter }, { pluginRef: active-request-scorer }] }
`;
const ENDPOINTS = Object.entries({ d0: 'decode', d1: 'decode', b0: 'prefill-decode', p0: 'prefill', x0: 'encode' }).map(
  ([name, role], i) => ({
    id: name,
    address: `10.0.0.${i + 1}`,
    port: 8000,
    labels: { 'llm-d.ai/role': role },
  }),
);
const image = { modality: 'image', hash: 'h', offset: 0, length: 1 };

/** A request that runs, and what it must count for. */
interface Running {
  readonly call: Call;
  readonly tokens: number;
  hasFirstToken: boolean;
}

/** By endpoint, what requests that run must count for: once on every endpoint that takes part. */
function expected(running: readonly Running[]): Readonly<Record<string, { requests: number; tokens: number }>> {
  const loads = Object.fromEntries(ENDPOINTS.map(({ id }) => [id, { requests: 0, tokens: 0 }]));
  for (const { call, tokens, hasFirstToken } of running) {
    const { target, companions } = call.decision;
    const { prefill, encode } = companions;
    const add = (id: string, left: { requests: number; tokens: number }) => {
      loads[id]!.requests += left.requests;
      loads[id]!.tokens += left.tokens;
    };
    add(target.id, { requests: 1, tokens: hasFirstToken ? 0 : tokens });
    if (prefill !== undefined && !hasFirstToken) add(prefill.id, { requests: 1, tokens });
    if (encode !== undefined) add(encode.id, { requests: 1, tokens: hasFirstToken ? 0 : tokens });
  }
  return loads;
}

function loadsOf(pool: Pool): Readonly<Record<string, unknown>> {
  const none = { requests: 0, tokens: 0 };
  return Object.fromEntries(pool.endpoints().map((at) => [at.id, pool.dataOf(at)[inFlightLoad().id] ?? none]));
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      tokens: fc.constantFrom(64, 128, 640),
      hasImage: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('firstToken', 'next', 'complete', 'end', 'fail', 'abort'),
      which: fc.nat(),
    }),
  },
);

it('counts a request once on every endpoint that takes part, until that has done its work, however it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await using configured = await createConfiguredScheduler({ catalog, text: TEXT });
      const { scheduler } = configured;
      const pool = scheduler.pools.get('default')!;
      pool.setEndpoints(ENDPOINTS);
      const running: Running[] = [];
      let sent = 0;
      const leave = (entry: Running) => running.splice(running.indexOf(entry), 1);
      for (const { kind, ...what } of steps) {
        if (kind === 'send') {
          const { tokens, hasImage } = what as { tokens: number; hasImage: boolean };
          // No two prompts begin alike, and each is made of whole blocks: it costs all its tokens everywhere.
          const packed = new Uint8Array(4 * tokens).fill(++sent);
          const prompt = { packed, count: tokens, multimodal: hasImage ? [image] : [] };
          const given = [{ key: tokenizedPrompt, value: { prompts: [prompt], cacheSalt: '' } }];
          const call = await scheduler.schedule({ model: 'm' }, { given });
          // What is missing in the cache decides, and what the prompt holds.
          const { prefill, encode } = call.decision.companions;
          expect([prefill !== undefined, encode !== undefined]).toEqual([tokens >= 100, hasImage]);
          running.push({ call, tokens, hasFirstToken: false });
        } else {
          const entry = running[(what as { which: number }).which % running.length];
          if (entry === undefined) continue;
          const { call } = entry;
          if (kind === 'firstToken' || kind === 'complete') {
            call.firstToken();
            if (kind === 'complete') call.complete({ promptTokens: entry.tokens, outputTokens: 1 });
            entry.hasFirstToken = true;
          } else if (kind === 'next') {
            // Only before the answer begins; the next endpoint is counted for in place of the one that was left.
            if (!entry.hasFirstToken && call.next('connect refused') === undefined) {
              call.end({ status: 'error' });
              leave(entry);
            }
          } else {
            call.end({ status: kind === 'end' ? 'ok' : kind === 'fail' ? 'error' : 'aborted' });
            call.end();
            leave(entry);
          }
        }
        expect(loadsOf(pool)).toEqual(expected(running));
      }
      expect(pool.faultCounts()).toEqual({});
      await scheduler.close();
      expect(loadsOf(pool)).toEqual(expected([]));
    }),
    { numRuns: 60 },
  );
});
