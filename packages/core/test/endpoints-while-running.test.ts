import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import {
  candidateNumber,
  candidateRecord,
  defineFetcher,
  definePlugin,
  defineScorer,
  endpointRecord,
  type RequestSink,
} from '../src/index.ts';
import { hooking } from './sample-plugins.ts';
import { samplePool, spec, specs } from './sample-pool.ts';

const hits = candidateNumber('Hits/index');
const match = candidateRecord('Match/index', ['blocks']);
type Writes = readonly [typeof hits, typeof match];

/** A fetcher that writes for all endpoints and then waits until the test lets it go on. */
function pausing() {
  let go = () => {};
  let later: ((sink: RequestSink<Writes>) => void) | undefined;
  const seen: string[] = [];
  const fetcher = defineFetcher({
    type: 'index',
    writes: [hits, match],
    create: () => ({
      async prepare(_cycle, sink, endpoints) {
        for (const endpoint of endpoints) {
          sink.setCandidate(endpoint, hits, endpoint.row + 1);
          sink.setCandidate(endpoint, match, { blocks: endpoint.row + 1 });
        }
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        later?.(sink);
      },
    }),
  });
  const scorer = defineScorer({
    type: 'watcher',
    reads: [hits, match],
    create: () => ({
      score(endpoint) {
        seen.push(`${endpoint.id} ${endpoint.get(hits)} ${endpoint.get(match)?.blocks}`);
        return 0;
      },
    }),
  });
  return {
    plugins: [fetcher()],
    scorers: [scorer()],
    seen,
    go: (then?: (sink: RequestSink<Writes>) => void) => {
      later = then;
      go();
    },
  };
}

describe('endpoints that come and go while a request waits for data', () => {
  it('a successor in a row gets nothing that was written for the one before it', async () => {
    const { plugins, scorers, seen, go } = pausing();
    const { scheduler, pool, endpoints } = await samplePool({ plugins, scorers });
    const row = pool.endpoints()[1]!.row;
    const placed = scheduler.schedule({});
    await settle();
    endpoints.remove('e1');
    endpoints.upsert(spec(9));
    expect(pool.endpoints().at(-1)?.row).toBe(row);
    go();
    await placed;
    expect(seen).toEqual(['e0 1 1', 'e2 3 3', 'e9 undefined undefined']);
  });

  it('an endpoint at a new address gets nothing that was written for the old one', async () => {
    const { plugins, scorers, seen, go } = pausing();
    const { scheduler, endpoints } = await samplePool({ plugins, scorers, endpoints: specs(1) });
    const placed = scheduler.schedule({});
    await settle();
    endpoints.upsert({ ...spec(0), address: '10.7.7.7' });
    go();
    const { decision } = await placed;
    expect(seen).toEqual(['e0 undefined undefined']);
    expect(decision.target.address).toBe('10.7.7.7');
  });

  it('an endpoint with other labels keeps what was written', async () => {
    const { plugins, scorers, seen, go } = pausing();
    const { scheduler, endpoints } = await samplePool({ plugins, scorers, endpoints: specs(1) });
    const placed = scheduler.schedule({});
    await settle();
    endpoints.upsert({ ...spec(0), labels: { zone: 'b' } });
    go();
    const { decision } = await placed;
    expect(seen).toEqual(['e0 1 1']);
    expect(decision.target.labels).toEqual({ zone: 'b' });
  });

  it('the table may grow: data stays, and more can be written', async () => {
    const { plugins, scorers, seen, go } = pausing();
    const { scheduler, pool, endpoints } = await samplePool({ plugins, scorers });
    const placed = scheduler.schedule({});
    await settle();
    endpoints.replaceAll(specs(40));
    go((sink) => {
      sink.setCandidate(pool.endpoints()[2]!, hits, 30);
      const writer = sink.candidates(match);
      writer.fields.blocks[1] = 20;
      writer.mark(1);
    });
    await placed;
    expect(seen).toHaveLength(40);
    expect(seen.slice(0, 4)).toEqual(['e0 1 1', 'e1 2 20', 'e2 30 3', 'e3 undefined undefined']);
    expect(new Set(seen.slice(3).map((line) => line.replace(/^e\d+ /, '')))).toEqual(new Set(['undefined undefined']));
  });

  it('a request that is left without endpoints is refused', async () => {
    const { plugins, scorers, go } = pausing();
    const { scheduler, endpoints } = await samplePool({ plugins, scorers });
    const placed = scheduler.schedule({});
    await settle();
    endpoints.replaceAll([]);
    go();
    await expect(placed).rejects.toMatchObject({ code: 'NO_ENDPOINTS' });
  });

  it('a newcomer can be picked by a request that began before it', async () => {
    const { plugins, scorers, go } = pausing();
    const { scheduler, endpoints } = await samplePool({ plugins, scorers });
    const placed = scheduler.schedule({ subset: ['e9'] });
    await settle();
    endpoints.upsert(spec(9));
    go();
    expect((await placed).decision.target.id).toBe('e9');
  });
});

describe('endpoints that come and go while calls run', () => {
  const load = endpointRecord('Load/counter', ['requests']);
  const counter = definePlugin({
    type: 'counter',
    writes: [load],
    create: ({ write }) => {
      const writer = write(load);
      return {
        postChoice(_cycle, { target }) {
          writer.add(target, { requests: 1 });
          return () => writer.add(target, { requests: -1 });
        },
      };
    },
  });

  it('a late release does not reach the successor in the row', async () => {
    const { scheduler, pool, endpoints } = await samplePool({ plugins: [counter()], endpoints: specs(1) });
    const old = await scheduler.schedule({});
    const also = await scheduler.schedule({});
    endpoints.replaceAll([spec(5)]);
    const successor = pool.endpoints()[0]!;
    expect(successor.row).toBe(old.decision.target.row);
    expect(pool.dataOf(successor)).toEqual({});
    expect(pool.openCallsOf(successor)).toBe(0);
    const fresh = await scheduler.schedule({});
    old.end();
    expect(pool.dataOf(successor)).toEqual({ 'Load/counter': { requests: 1 } });
    expect(pool.openCallsOf(successor)).toBe(1);
    fresh.end();
    also.end();
    expect(pool.dataOf(successor)).toEqual({ 'Load/counter': { requests: 0 } });
    expect(pool.openCallsOf(successor)).toBe(0);
    expect(pool.openCalls).toBe(0);
  });

  it('a release reaches an endpoint whose labels have changed', async () => {
    const { scheduler, pool, endpoints } = await samplePool({ plugins: [counter()], endpoints: specs(1) });
    const call = await scheduler.schedule({});
    endpoints.upsert({ ...spec(0), labels: { zone: 'b' } });
    const renewed = pool.endpoints()[0]!;
    expect(pool.openCallsOf(renewed)).toBe(1);
    call.end();
    expect(pool.dataOf(renewed)).toEqual({ 'Load/counter': { requests: 0 } });
    expect(pool.openCallsOf(renewed)).toBe(0);
  });

  it('the explanation still names the endpoints that were there', async () => {
    const { scheduler, endpoints } = await samplePool({ endpoints: specs(3) });
    const { decision } = await scheduler.schedule({});
    endpoints.replaceAll([spec(7), spec(8)]);
    await scheduler.schedule({});
    expect(decision.explain().profiles[0]?.considered).toEqual(['e0', 'e1', 'e2']);
  });
});

it('plugins and listeners hear of every arrival and departure', async () => {
  const heard: string[] = [];
  const listener = hooking('listener', {
    endpointAdded: ({ id }) => void heard.push(`+${id}`),
    endpointRemoved: ({ id }) => void heard.push(`-${id}`),
  });
  const bad = hooking('bad', {
    endpointAdded: () => {
      throw new Error('no idea');
    },
  });
  const { scheduler, pool, endpoints } = await samplePool({ plugins: [bad, listener], endpoints: specs(2) });
  const events: string[] = [];
  const faults: string[] = [];
  scheduler.on('fault', ({ plugin, stage, endpoint }) => faults.push(`${plugin} ${stage} ${endpoint?.id}`));
  scheduler.on('endpoint:added', ({ pool: name, endpoint }) => events.push(`${name} +${endpoint.id}`));
  scheduler.on('endpoint:removed', ({ pool: name, endpoint }) => events.push(`${name} -${endpoint.id}`));
  endpoints.upsert({ ...spec(1), port: 99 });
  endpoints.remove('e0');
  await settle();
  expect(heard).toEqual(['+e0', '+e1', '-e1', '+e1', '-e0']);
  expect(events).toEqual(['default -e1', 'default +e1', 'default -e0']);
  expect(pool.faultCounts()).toEqual({ 'endpointAdded/bad': 3 });
  expect(faults).toEqual(['bad endpointAdded e1']);
});
