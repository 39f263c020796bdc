import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import {
  type Call,
  type Clock,
  cacheBlockSize,
  cacheNumBlocks,
  kvCacheUsage,
  type Pool,
  waitingQueueSize,
} from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const catalog = createCatalog(builtinPlugins);

/** Filters that leave somebody whatever happens, all scorers that need no settings, and everybody who remembers. */
const EVERYBODY = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
- { type: session-affinity-filter, parameters: { strategy: session_id } }
- { type: prefix-cache-affinity-filter }
- { type: utilization-filter, parameters: { fallbackOnEmpty: true, conditions: [{ metric: active-requests, maxValue: 1 }] } }
- { type: utilization-detector }
- { type: p2p-source-producer }
- { type: queue-scorer }
- { type: kv-cache-utilization-scorer }
- { type: running-requests-size-scorer }
- { type: active-request-scorer }
- { type: token-load-scorer }
- { type: load-aware-scorer }
- { type: prefix-cache-scorer }
- { type: no-hit-lru-scorer }
- { type: lora-affinity-scorer }
- { type: session-affinity-scorer }
- { type: context-length-aware }
- { type: expected-latency-scorer }
- { type: session-id-producer, parameters: { headerName: x-session-id } }
- { type: agent-identity }
- { type: max-score-picker, parameters: { maxNumOfEndpoints: 3 } }
schedulingProfiles:
- name: default
  plugins:
${[
  'session-affinity-filter',
  'prefix-cache-affinity-filter',
  'utilization-filter',
  'utilization-detector',
  'queue-scorer',
  'kv-cache-utilization-scorer',
  'running-requests-size-scorer',
  'active-request-scorer',
  'token-load-scorer',
  'load-aware-scorer',
  'prefix-cache-scorer',
  'no-hit-lru-scorer',
  'lora-affinity-scorer',
  'session-affinity-scorer',
  'context-length-aware',
  'expected-latency-scorer',
  'max-score-picker',
]
  .map((name) => `  - pluginRef: ${name}\n`)
  .join('')}`;

class SetClock implements Clock {
  ms = 1_700_000_000_000;
  now = () => this.ms;
  schedule = () => () => {};
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('place' as const), prompt: fc.nat(3), session: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fall back' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clock' as const), by: fc.integer({ min: -1e9, max: 1e9 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('labels' as const),
      of: fc.nat(3),
      engine: fc.constantFrom('vllm', 'sglang', 'triton', '', 'unheard-of'),
      range: fc.constantFrom('0-100', '50-9000', 'nonsense', ''),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cache' as const),
      of: fc.nat(3),
      size: fc.constantFrom(0, 16, 64, 128, 7, -1, Number.NaN, 1e300),
      blocks: fc.constantFrom(0, 1, 5, 1000, -1, Number.NaN, 1e300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), of: fc.nat(3) }) },
);

const spec = (i: number, labels: Readonly<Record<string, string>> = {}) => ({
  id: `default/e${i}`,
  address: `10.0.0.${i + 1}`,
  port: 8000,
  labels,
});

function requestOf(prompt: number, session: number) {
  const path = '/v1/completions';
  const body = Buffer.from(JSON.stringify({ model: 'm', prompt: 'a word '.repeat(40 * (prompt + 1)) }));
  const payload = openaiParser.parse({ path, headers: {}, body });
  return { model: 'm', targetModel: 'm', path, payload, headers: { 'x-session-id': `s${session}` } };
}

describe('with all plugins at once', () => {
  it('labels, engines, block sizes, membership and the clock may change at any time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const clock = new SetClock();
        await using configured = await createConfiguredScheduler({ catalog, text: EVERYBODY, clock });
        const pool = configured.scheduler.pools.get('default')!;
        const fleet = [spec(0), spec(1), spec(2), spec(3)];
        pool.setEndpoints(fleet);
        const calls: Call[] = [];
        for (const each of steps) {
          switch (each.do) {
            case 'place': {
              const call = await configured.scheduler.schedule(requestOf(each.prompt, each.session));
              calls.push(call);
              call.firstToken();
              for (const { total } of call.decision.explain().profiles[0]!.candidates) {
                expect(Number.isFinite(total)).toBe(true);
              }
              break;
            }
            case 'end':
              calls.splice(each.at, 1)[0]?.end({ usage: { promptTokens: 10, outputTokens: 5 } });
              break;
            case 'fall back':
              calls[each.at]?.next('down');
              break;
            case 'clock':
              clock.ms += each.by;
              break;
            case 'labels':
              fleet[each.of] = spec(each.of, {
                'llm-d.ai/engine-type': each.engine,
                'llm-d.ai/context-length-range': each.range,
              });
              pool.setEndpoints(fleet);
              break;
            case 'cache':
              pool.setData(fleet[each.of]!.id, cacheBlockSize, each.size);
              pool.setData(fleet[each.of]!.id, cacheNumBlocks, each.blocks);
              break;
            case 'gone':
              pool.setEndpoints(fleet.filter((_, i) => i !== each.of));
              pool.setEndpoints(fleet);
              break;
          }
        }
        for (const call of calls) call.end();
        expect(pool.faultCounts()).toEqual({});
        expect(pool.openCalls).toBe(0);
        expect(loadOf(pool)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** What is in flight on each endpoint, where anything is. */
function loadOf(pool: Pool): readonly unknown[] {
  return pool
    .endpoints()
    .map((endpoint) => pool.dataOf(endpoint)['InFlightLoadDataKey/inflight-load-producer'])
    .filter((load) => load !== undefined && Object.values(load as Record<string, number>).some((value) => value !== 0));
}

describe('a clock that is set back', () => {
  it.each(['seed: s\n', `${EVERYBODY.replace(/.*expected-latency-scorer.*\n/g, '')}seed: s\n`])(
    'changes no decision of plugins that do not learn speeds (%#)',
    async (text) => {
      const run = async (jumps: readonly number[]) => {
        const clock = new SetClock();
        await using configured = await createConfiguredScheduler({ catalog, text, clock });
        const pool = configured.scheduler.pools.get('default')!;
        pool.setEndpoints([spec(0), spec(1), spec(2)]);
        const chosen: string[] = [];
        const open: Call[] = [];
        for (const [i, jump] of jumps.entries()) {
          clock.ms += jump;
          for (const [e, { id }] of pool.endpoints().entries()) {
            pool.setData(id, waitingQueueSize, (i + e) % 3);
            pool.setData(id, kvCacheUsage, ((i + e) % 3) / 3);
          }
          const call = await configured.scheduler.schedule(requestOf(i % 3, i % 4));
          chosen.push(call.decision.target.id);
          open.push(call);
          if (open.length > 4) open.shift()!.end();
        }
        for (const call of open) call.end();
        expect(pool.faultCounts()).toEqual({});
        return chosen;
      };
      const steady = await run(Array.from({ length: 40 }, () => 10));
      const back = await run(Array.from({ length: 40 }, (_, i) => (i % 5 === 4 ? -3_600_000 : 10)));
      expect(new Set(steady).size).toBeGreaterThan(1);
      expect(back).toEqual(steady);
    },
  );
});
