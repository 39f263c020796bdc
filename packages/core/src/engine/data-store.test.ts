import { describe, expect, it } from 'vitest';
import { samplePool, spec, specs } from '../../test/sample-pool.ts';
import {
  type DataKey,
  definePlugin,
  defineScorer,
  type EndpointWriter,
  endpointNumber,
  endpointRecord,
  endpointValue,
  type NumberColumn,
  type RecordColumn,
  type ValueColumn,
} from '../index.ts';

const plain = endpointNumber('Plain/source');
const counted = endpointNumber('Counted/source', { fallback: 4 });
const load = endpointRecord('Load/source', ['requests', 'tokens']);
const models = endpointValue<ReadonlySet<string>>()('Models/source');
const keys = [plain, counted, load, models] as const;

/** A pool with a plugin that reads and writes all of the keys. */
async function columns(count = 2) {
  let plugin:
    | {
        plain: NumberColumn;
        counted: NumberColumn;
        load: RecordColumn<'requests' | 'tokens'>;
        models: ValueColumn<ReadonlySet<string>>;
        write: {
          plain: EndpointWriter<typeof plain>;
          counted: EndpointWriter<typeof counted>;
          load: EndpointWriter<typeof load>;
          models: EndpointWriter<typeof models>;
        };
      }
    | undefined;
  const source = definePlugin({
    type: 'source',
    reads: keys,
    writes: keys,
    create: ({ read, write }) => {
      plugin = {
        plain: read(plain),
        counted: read(counted),
        load: read(load),
        models: read(models),
        write: { plain: write(plain), counted: write(counted), load: write(load), models: write(models) },
      };
      return {};
    },
  });
  const seen: Record<string, unknown>[] = [];
  const viewer = defineScorer({
    type: 'viewer',
    reads: keys,
    create: () => ({
      score(endpoint) {
        seen.push({
          plain: endpoint.get(plain),
          counted: endpoint.get(counted),
          load: endpoint.get(load),
          models: endpoint.get(models),
        });
        return 0;
      },
    }),
  });
  const sample = await samplePool({ plugins: [source()], scorers: [viewer()], endpoints: specs(count) });
  return { ...sample, plugin: plugin!, seen };
}

describe('endpoint data', () => {
  it('is absent at first: the fallback, NaN, 0, undefined', async () => {
    const { plugin, scheduler, seen, pool } = await columns();
    expect(plugin.plain.values[0]).toBeNaN();
    expect(plugin.counted.values[0]).toBe(4);
    expect(plugin.load.fields.tokens[0]).toBe(0);
    expect(plugin.models.values[0]).toBeUndefined();
    for (const column of [plugin.plain, plugin.counted, plugin.load, plugin.models]) {
      expect(column.writtenAt[0]).toBeNaN();
    }
    await scheduler.schedule({ subset: ['e0'] });
    expect(seen).toEqual([{ plain: undefined, counted: 4, load: undefined, models: undefined }]);
    expect(pool.dataOf(pool.endpoints()[0]!)).toEqual({});
  });

  it('is there once it is written, with the time', async () => {
    const { plugin, scheduler, seen, pool, clock } = await columns();
    const e1 = pool.endpoints()[1]!;
    await clock.advance(5);
    plugin.write.plain.set(e1, 0.5);
    await clock.advance(5);
    plugin.write.counted.set(e1, 0);
    plugin.write.load.set(e1, { requests: 2, tokens: 300 });
    plugin.write.models.set(e1, new Set(['a', 'b']));
    expect(plugin.plain.values[e1.row]).toBe(0.5);
    expect(plugin.plain.writtenAt[e1.row]).toBe(clock.now() - 5);
    expect(plugin.counted.writtenAt[e1.row]).toBe(clock.now());
    expect(plugin.load.fields.tokens[e1.row]).toBe(300);
    await scheduler.schedule({ subset: ['e1'] });
    expect(seen).toEqual([{ plain: 0.5, counted: 0, load: { requests: 2, tokens: 300 }, models: new Set(['a', 'b']) }]);
    expect(pool.dataOf(e1)).toEqual({
      'Plain/source': 0.5,
      'Counted/source': 0,
      'Load/source': { requests: 2, tokens: 300 },
      'Models/source': ['a', 'b'],
    });
    expect(plugin.plain.values[0]).toBeNaN();
  });

  it('of a record adds up, never below zero', async () => {
    const { plugin, pool, clock } = await columns();
    const e0 = pool.endpoints()[0]!;
    plugin.write.load.add(e0, { requests: 1 });
    plugin.write.load.add(e0, { requests: 1, tokens: 50 });
    await clock.advance(3);
    plugin.write.load.add(e0, { tokens: -80 });
    expect(pool.dataOf(e0)).toEqual({ 'Load/source': { requests: 2, tokens: 0 } });
    expect(plugin.load.writtenAt[e0.row]).toBe(clock.now());
  });

  it('is absent again once it is cleared', async () => {
    const { plugin, pool } = await columns();
    const e0 = pool.endpoints()[0]!;
    plugin.write.counted.set(e0, 9);
    plugin.write.load.set(e0, { requests: 1, tokens: 1 });
    plugin.write.counted.clear(e0);
    plugin.write.load.clear(e0);
    expect(plugin.counted.values[0]).toBe(4);
    expect(plugin.counted.writtenAt[0]).toBeNaN();
    expect(plugin.load.fields.requests[0]).toBe(0);
    expect(pool.dataOf(e0)).toEqual({});
  });

  it('goes with its endpoint: a successor in the row starts without', async () => {
    const { plugin, pool, endpoints } = await columns();
    const old = pool.endpoints()[0]!;
    plugin.write.plain.set(old, 1);
    plugin.write.counted.set(old, 1);
    plugin.write.load.set(old, { requests: 1, tokens: 1 });
    plugin.write.models.set(old, new Set(['a']));
    endpoints.remove('e0');
    endpoints.upsert(spec(9));
    const successor = pool.endpoints().at(-1)!;
    expect(successor.row).toBe(old.row);
    expect(pool.dataOf(successor)).toEqual({});
    expect(plugin.counted.values[old.row]).toBe(4);
    expect(plugin.plain.values[old.row]).toBeNaN();
    expect(plugin.models.values[old.row]).toBeUndefined();

    // What is known of the old one comes too late.
    plugin.write.plain.set(old, 7);
    plugin.write.load.add(old, { requests: 7 });
    plugin.write.plain.set(successor, 3);
    plugin.write.plain.clear(old);
    expect(pool.dataOf(successor)).toEqual({ 'Plain/source': 3 });
    expect(pool.dataOf(old)).toEqual({});
  });

  it('stays when the table grows, in columns that were read before', async () => {
    const { plugin, pool, endpoints } = await columns();
    const e1 = pool.endpoints()[1]!;
    plugin.write.plain.set(e1, 1);
    plugin.write.load.set(e1, { requests: 2, tokens: 3 });
    plugin.write.models.set(e1, new Set(['a']));
    endpoints.replaceAll(specs(50));
    const last = pool.endpoints()[49]!;
    expect(plugin.plain.values[e1.row]).toBe(1);
    expect(plugin.load.fields.tokens[e1.row]).toBe(3);
    expect(plugin.models.values[e1.row]).toEqual(new Set(['a']));
    expect(plugin.plain.values[last.row]).toBeNaN();
    expect(plugin.counted.values[last.row]).toBe(4);
    expect(plugin.counted.writtenAt[last.row]).toBeNaN();
    plugin.write.plain.set(last, 5);
    expect(plugin.plain.values[last.row]).toBe(5);
  });

  it('may be written from outside; unknown endpoints are ignored', async () => {
    const { pool, plugin } = await columns();
    pool.setData('e0', plain, 0.75);
    pool.setData('nobody', plain, 1);
    expect(plugin.plain.values[0]).toBe(0.75);
  });
});

describe('the age of data', () => {
  it('is in the explanation, by the plugin that wrote it', async () => {
    const writer = (type: string, key: DataKey) => definePlugin({ type, writes: () => [key], create: () => ({}) })();
    const reader = defineScorer({ type: 'reader', reads: [plain, counted], create: () => ({ score: () => 1 }) });
    const { scheduler, pool, clock } = await samplePool({
      plugins: [writer('old', plain), writer('never', counted)],
      scorers: [reader()],
    });
    pool.setData('e1', plain, 1);
    await clock.advance(250);
    pool.setData('e2', plain, 1);
    const call = await scheduler.schedule({});
    expect(call.decision.explain().data).toEqual([
      {
        writer: 'old',
        ages: [
          { endpoint: 'e0', ageMs: null },
          { endpoint: 'e1', ageMs: 250 },
          { endpoint: 'e2', ageMs: 0 },
        ],
      },
      { writer: 'never', ages: ['e0', 'e1', 'e2'].map((endpoint) => ({ endpoint, ageMs: null })) },
    ]);
    await clock.advance(1000);
    expect(call.decision.explain().data[0]?.ages[1]?.ageMs).toBe(250);
  });
});
