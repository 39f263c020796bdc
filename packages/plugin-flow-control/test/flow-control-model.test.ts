import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowModel, type ModelLimits } from './model.ts';
import { SamplePool, type SamplePoolOptions } from './sample-pool.ts';

const limits: fc.Arbitrary<ModelLimits> = fc.record({
  maxRequests: fc.integer({ min: 1, max: 12 }),
  bandRequests: fc.integer({ min: 1, max: 8 }),
  bandBytes: fc.integer({ min: 30, max: 300 }),
  ttlMs: fc.integer({ min: 50, max: 3000 }),
  noEndpointTtlMs: fc.integer({ min: 50, max: 3000 }),
});

const fairness = fc.constantFrom('global-strict-fairness-policy' as const, 'round-robin-fairness-policy' as const);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('arrive' as const),
      priority: fc.integer({ min: -1, max: 2 }),
      flow: fc.constantFrom('a', 'b', 'c'),
      bytes: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), at: fc.nat(19) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endpoints' as const), count: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('capacity' as const), of: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reload' as const), limits, fairness }) },
);

type Rule = typeof fairness extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Long enough that queues fill. */
const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });

function paramsOf(limit: ModelLimits, rule: Rule): NonNullable<SamplePoolOptions['params']> {
  return {
    maxRequests: limit.maxRequests,
    requestTtlMs: limit.ttlMs,
    noEndpointTtlMs: limit.noEndpointTtlMs,
    defaultBand: { maxRequests: limit.bandRequests, maxBytes: limit.bandBytes, fairness: rule },
  };
}

describe('flow control, whatever comes', () => {
  it('does what the rules say, request by request', async () => {
    const inputs = fc.tuple(limits, fairness, steps);
    await fc.assert(
      fc.asyncProperty(inputs, async ([limit, rule, taken]) => {
        await using pool = new SamplePool({ capacity: 2, params: paramsOf(limit, rule) });
        const model = new FlowModel(limit, rule === 'round-robin-fairness-policy', 2, 1);
        for (const each of taken) {
          await take(each, pool, model);
          expect(pool.sent.map(({ id, state }) => `${id} ${state}`).join('\n')).toBe(
            [...model.states].map((pair) => pair.join(' ')).join('\n'),
          );
          expect(pool.order.join()).toBe(model.order.join());
        }
        expect(pool.faults).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('loses nobody and overfills nothing when requests take their time on the way to their places', async () => {
    const anyFairness = fc.oneof(fairness, fc.constant('program-aware-fairness' as const));
    const inputs = fc.tuple(limits, anyFairness, steps);
    await fc.assert(
      fc.asyncProperty(inputs, async ([limit, rule, taken]) => {
        await using pool = new SamplePool({
          capacity: 2,
          isSlow: true,
          params: { requestTtlMs: limit.ttlMs, defaultBand: { fairness: rule } },
        });
        for (const each of taken) {
          // Ends and waits also bring on who is on the way.
          if (each.do === 'end' || each.do === 'pass') pool.place();
          if (each.do === 'capacity') continue;
          await take(each, pool, undefined);
          expect(pool.mostRunning).toBeLessThanOrEqual(pool.capacity);
        }
        pool.setEndpoints(1);
        for (let i = 0; i <= 2 * taken.length; i++) {
          pool.place();
          await pool.clock.advance(0);
          for (const sent of pool.sent) if (sent.state === 'running') pool.end(sent);
        }
        const refused = ['rejected-no-endpoints', 'rejected-saturated', 'rejected-ttl-expired'];
        const last = new Set(['ended', 'ABORTED', 'NO_ENDPOINTS', ...refused]);
        expect(pool.states().filter((state) => !last.has(state))).toEqual([]);
        expect(new Set(pool.order).size).toBe(pool.order.length);
        expect([pool.running, pool.clock.pending]).toEqual([0, 0]);
        expect(pool.faults).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

async function take(each: Step, pool: SamplePool, model: FlowModel | undefined): Promise<void> {
  const now = pool.clock.now();
  switch (each.do) {
    case 'arrive': {
      const { priority, flow, bytes } = each;
      const { id } = pool.send({
        priority,
        headers: { 'x-llm-d-inference-fairness-id': flow },
        payload: { body: new Uint8Array(bytes) },
      });
      model?.arrive({ id, priority, flow, bytes, since: now });
      break;
    }
    case 'end': {
      const running = pool.sent.filter(({ state }) => state === 'running');
      const sent = running[each.at % Math.max(1, running.length)];
      if (sent === undefined) break;
      pool.end(sent);
      model?.end(sent.id);
      break;
    }
    case 'abort': {
      const sent = pool.sent[each.at % Math.max(1, pool.sent.length)];
      if (sent === undefined) break;
      sent.abort();
      if (sent.state === 'running') sent.state = 'ended';
      model?.leave(sent.id);
      break;
    }
    case 'pass':
      await pool.clock.advance(each.ms);
      model?.passUntil(pool.clock.now());
      break;
    case 'endpoints':
      pool.setEndpoints(each.count);
      await pool.clock.advance(0);
      model?.setEndpoints(each.count, now);
      break;
    case 'reload':
      pool.reload(paramsOf(each.limits, each.fairness));
      await pool.clock.advance(0);
      model?.reload(each.limits, each.fairness === 'round-robin-fairness-policy');
      break;
    case 'capacity':
      pool.capacity = each.of;
      model?.setCapacity(each.of);
      await pool.lookAgain();
      break;
  }
  await pool.settled();
}
