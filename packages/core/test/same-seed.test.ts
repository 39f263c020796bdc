import { settle, VirtualClock } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Call,
  candidateRecord,
  createScheduler,
  defineFetcher,
  defineScorer,
  type Explanation,
  endpointNumber,
} from '../src/index.ts';
import { bestPicker, filtering, hooking } from './sample-plugins.ts';
import { graph, spec } from './sample-pool.ts';

/** Same inputs and the same seed give the same decisions, whatever the state, and whatever goes on beside them. */

const load = endpointNumber('load/probe', { fallback: 0 });
const luck = candidateRecord('luck/oracle', ['draw']);

const oracle = defineFetcher({
  type: 'oracle',
  writes: [luck],
  create: () => ({
    async prepare(cycle, sink, endpoints) {
      await settle();
      for (const endpoint of endpoints) sink.setCandidate(endpoint, luck, { draw: cycle.random.next() });
    },
  }),
});
const probe = defineFetcher({
  type: 'probe',
  writes: [load],
  create: () => ({ stream: () => new Promise<void>(() => {}) }),
});
const idle = defineScorer({
  type: 'idle',
  reads: [load, luck],
  create: () => ({ score: (endpoint) => 1 / (1 + endpoint.get(load)) / 2 + (endpoint.get(luck)?.draw ?? 0) / 2 }),
});

interface Step {
  readonly kind: 'schedule' | 'load' | 'join' | 'leave' | 'end' | 'next';
  readonly n: number;
}

const step = fc.record({
  kind: fc.constantFrom<Step['kind']>('schedule', 'schedule', 'schedule', 'load', 'join', 'leave', 'end', 'next'),
  n: fc.nat({ max: 40 }),
});

async function play(steps: readonly Step[], seed: string): Promise<readonly Partial<Explanation>[]> {
  const clock = new VirtualClock();
  const scheduler = createScheduler({
    ...graph({
      plugins: [oracle(), probe(), hooking('nudge', { scoring: (_c, board) => board.adjust(0, 0.01, 'first') })],
      filters: [filtering('odd', ({ id }, cycle) => (cycle.random.next() < 0.2 ? `${id} is out of luck` : true))],
      scorers: [idle()],
      picker: bestPicker({ count: 3 }),
    }),
    endpoints: [spec(0), spec(1), spec(2)],
    clock,
    seed,
  });
  const pool = scheduler.pools.get('default')!;
  const members = new Map([0, 1, 2].map((i) => [i, spec(i)]));
  const open: Call[] = [];
  const seen: Partial<Explanation>[] = [];
  for (const { kind, n } of steps) {
    await clock.advance(n);
    if (kind === 'join') members.set(n, spec(n));
    if (kind === 'leave') members.delete(n);
    if (kind === 'join' || kind === 'leave') pool.setEndpoints([...members.values()]);
    if (kind === 'load') for (const i of members.keys()) pool.setData(`e${i}`, load, (i * n) % 7);
    if (kind === 'end') open.pop()?.end();
    if (kind === 'next') open.at(-1)?.next('moved on');
    if (kind !== 'schedule') continue;
    try {
      const call = await scheduler.schedule({ id: `r${n}` });
      open.push(call);
      const { timingsUs: _, ...explanation } = call.decision.explain();
      seen.push(explanation);
    } catch (error) {
      seen.push({ requestId: String(error) });
    }
  }
  await scheduler.close();
  return seen;
}

it('the same steps with the same seed decide the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.string(), async (steps, seed) => {
      expect(await play(steps, seed)).toEqual(await play(steps, seed));
    }),
    { numRuns: 500 },
  );
}, 60_000);

it('another seed decides otherwise, sooner or later', async () => {
  const steps = Array.from({ length: 30 }, (): Step => ({ kind: 'schedule', n: 1 }));
  const targets = (run: readonly Partial<Explanation>[]) => run.map(({ target }) => target);
  expect(targets(await play(steps, 'one'))).not.toEqual(targets(await play(steps, 'two')));
});
