import { type Call, type EndpointSpec, inFlightLoad, uncachedRequestTokens } from '@pointsman/core';
import {
  createTestBench,
  type RecordedEndpoint,
  readDifferences,
  readGolden,
  type TestBench,
} from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { inflightLoadProducer } from '../src/index.ts';

interface Expected {
  readonly inFlightLoad: Readonly<Record<string, { readonly requests?: number; readonly tokens?: number }>>;
  readonly uncachedRequestTokens?: Readonly<Record<string, number>>;
}

type Step =
  | {
      readonly op: 'dispatch';
      readonly requestId: string;
      readonly inputTokens: number;
      readonly maxOutputTokens?: number;
      readonly matchInfo: Readonly<Record<string, readonly [matchBlocks: number, totalBlocks: number]>>;
      readonly profileTargets: Readonly<Record<string, readonly string[]>>;
      readonly primaryProfile: string;
      readonly expected: Expected;
    }
  | {
      readonly op: 'responseChunk';
      readonly requestId: string;
      readonly first: boolean;
      readonly last: boolean;
      readonly expected: Expected;
    }
  | { readonly op: 'endpointReplaced'; readonly endpoint: string; readonly expected: Expected };

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly steps: readonly Step[];
  readonly expected?: { readonly error?: string };
}

const BLOCK_SIZE = 64;
const load = inFlightLoad();
const uncached = uncachedRequestTokens();

/** Endpoints with something in flight, as recordings list them. */
function loadOf({ pool }: TestBench) {
  return Object.fromEntries(
    pool.endpoints().flatMap((endpoint) => {
      const { requests = 0, tokens = 0 } = (pool.dataOf(endpoint)[load.id] ?? {}) as Record<string, number>;
      if (requests === 0 && tokens === 0) return [];
      return [[endpoint.id, { ...(tokens > 0 && { tokens }), ...(requests > 0 && { requests }) }]];
    }),
  );
}

function specsOf(bench: TestBench): readonly EndpointSpec[] {
  return bench.pool.endpoints().map(({ id, address, port, labels }) => ({ id, address, port, labels }));
}

const folder = new URL('./golden/', import.meta.url);

describe('inflight-load-producer as recorded', () => {
  const cases = readGolden<Case>('inflight-load-producer.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const bind = () => inflightLoadProducer(recorded.params as never);
    if (recorded.expected?.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    const names = new Set(
      recorded.steps.flatMap((step) => (step.op === 'dispatch' ? Object.keys(step.profileTargets) : [])),
    );
    await using bench = createTestBench({
      endpoints: recorded.endpoints,
      plugins: [bind()],
      profiles: Object.fromEntries([...names].map((name) => [name, {}])),
    });
    const hasNameless = recorded.steps.some((step) => step.op === 'dispatch' && step.requestId === '');
    expect(hasNameless).toBe(readDifferences('inflight-load-producer.jsonl', folder).has(recorded.id));
    const calls = new Map<string, Call>();
    for (const [at, step] of recorded.steps.entries()) {
      const where = `step ${at}`;
      if (step.op === 'dispatch') {
        const run = await bench.run({
          request: {
            requestId: step.requestId,
            maxOutputTokens: step.maxOutputTokens ?? null,
            tokenized: { prompts: [{ tokenCount: step.inputTokens }] },
          },
          attributes: Object.fromEntries(
            Object.entries(step.matchInfo).map(([id, [matchBlocks, totalBlocks]]) => [
              id,
              { '@prefix': { matchBlocks, totalBlocks, blockSizeTokens: BLOCK_SIZE } },
            ]),
          ),
          // A picker of ours names nobody twice; only the first counts here.
          targets: Object.fromEntries(
            Object.entries(step.profileTargets).map(([profile, ids]) => [profile, [...new Set(ids)]]),
          ),
          primaryProfile: step.primaryProfile,
          // The reference reserves nothing for a request without an id. Ours does; see the test of its own.
          dispatch: step.requestId !== '',
        });
        if (run.call !== undefined) calls.set(step.requestId, run.call);
        const tokens = Object.fromEntries(
          Object.entries(run.probed[uncached.id] ?? {}).map(([id, value]) => [
            id,
            (value as { tokens: number }).tokens,
          ]),
        );
        expect(tokens, where).toEqual(step.expected.uncachedRequestTokens);
      } else if (step.op === 'responseChunk') {
        const call = calls.get(step.requestId)!;
        if (step.first) call.firstToken();
        else call.tokens(2);
        if (step.last) call.end();
      } else {
        const specs = specsOf(bench);
        bench.pool.setEndpoints(specs.filter(({ id }) => id !== step.endpoint));
        bench.pool.setEndpoints(specs);
      }
      expect(loadOf(bench), where).toEqual(step.expected.inFlightLoad);
    }
    for (const call of calls.values()) call.end();
    expect(loadOf(bench), 'at the end').toEqual({});
  });
});
