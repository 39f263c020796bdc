import { describe, expect, it } from 'vitest';
import { bestPicker, filtering, hooking, scoring } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import {
  createScheduler,
  defineExtractor,
  defineFetcher,
  definePlugin,
  defineScorer,
  endpointNumber,
  type GraphOptions,
  type Keys,
  optional,
  PointsmanError,
  requestValue,
} from '../index.ts';

const depth = endpointNumber('QueueDepth/depth-extractor');
const a = requestValue<string>()('A/a-producer');
const b = requestValue<string>()('B/b-producer');

const plugin = (type: string, reads: Keys, writes: Keys) =>
  definePlugin({ type, reads: () => reads, writes: () => writes, create: () => ({}) })();

function failureOf(options: Partial<GraphOptions> & Parameters<typeof graph>[0]): PointsmanError {
  try {
    createScheduler({ ...graph(options), endpoints: specs(1) });
  } catch (error) {
    if (PointsmanError.is(error)) return error;
    throw error;
  }
  throw new Error('it was built');
}

describe('data between plugins', () => {
  it('must have a writer', () => {
    const reader = defineScorer({ type: 'reader', reads: [depth], create: () => ({ score: () => 0 }) });
    expect(failureOf({ scorers: [reader()] })).toMatchObject({
      code: 'DATA_UNPRODUCED',
      plugin: 'reader',
      message: '"reader" reads QueueDepth/depth-extractor, which no plugin writes',
      hint: 'Add a plugin that writes it, such as "depth-extractor".',
    });
    expect(failureOf({ plugins: [plugin('x', [requestValue()('plain')], [])] }).hint).toBe(
      'Add a plugin that writes it.',
    );
  });

  it('need not have one when the reader can do without', async () => {
    const seen: unknown[] = [];
    const reader = defineScorer({
      type: 'reader',
      reads: [optional(depth), optional(a)],
      create: ({ read }) => {
        const column = read(depth);
        return {
          score(endpoint, cycle) {
            seen.push(endpoint.get(depth), cycle.get(a), column.values[0]);
            return 0;
          },
        };
      },
    });
    const { scheduler } = await samplePool({ scorers: [reader()] });
    await scheduler.schedule({ subset: ['e0'] });
    expect(seen).toEqual([undefined, undefined, Number.NaN]);
  });

  it('orders an optional reader after the writer that is there', async () => {
    const log: string[] = [];
    const reader = defineFetcher({
      type: 'reader',
      reads: [optional(a)],
      create: () => ({ prepare: (cycle) => void log.push(`read ${cycle.get(a)}`) }),
    });
    const writer = defineFetcher({
      type: 'writer',
      writes: [a],
      create: () => ({ prepare: (_cycle, sink) => sink.set(a, 'hello') }),
    });
    const { scheduler } = await samplePool({ plugins: [reader(), writer()] });
    await scheduler.schedule({});
    expect(log).toEqual(['read hello']);
  });

  it('has one writer', () => {
    expect(failureOf({ plugins: [plugin('one', [], [a]), plugin('two', [], [b, a])] })).toMatchObject({
      code: 'DATA_CONFLICT',
      plugin: 'two',
      message: '"one" and "two" both write A/a-producer',
    });
  });

  it('may be written by two instances whose key follows their name', () => {
    const named = definePlugin({
      type: 'named',
      writes: (_params, name) => [requestValue()(`Data/${name}`)],
      create: () => ({}),
    });
    const reader = plugin('reader', [requestValue()('Data/named'), requestValue()('Data/other')], []);
    expect(() =>
      createScheduler({ ...graph({ plugins: [named(), named().as('other'), reader] }), endpoints: [] }),
    ).not.toThrow();
  });

  it('does not go round in a circle', () => {
    const c = requestValue()('C/c-producer');
    expect(failureOf({ plugins: [plugin('p', [c], [a]), plugin('q', [a], [b]), plugin('r', [b], [c])] })).toMatchObject(
      {
        code: 'DATA_CYCLE',
        message: 'plugins wait for each other\'s data: "p" reads from "r" reads from "q" reads from "p"',
      },
    );
  });

  it('may be read by its own writer', () => {
    expect(() => createScheduler({ ...graph({ plugins: [plugin('p', [a], [a])] }), endpoints: [] })).not.toThrow();
  });
});

describe('the parts of a configuration', () => {
  const scorer = scoring('scorer', () => 1);
  const filter = filtering('filter', () => true);
  const picker = bestPicker();
  const fetcher = defineFetcher({ type: 'fetcher', create: () => ({ prepare() {} }) })();
  const extractor = defineExtractor({ type: 'extractor', create: () => ({ extract: () => false }) })();

  it.each<[string, Parameters<typeof failureOf>[0], string]>([
    ['filter', { filters: [scorer] }, 'plugin "scorer" is used as filter of profile "default", but scorer is a scorer'],
    ['scorer', { scorers: [filter] }, 'plugin "filter" is used as scorer of profile "default", but filter is a filter'],
    ['picker', { picker: filter }, 'plugin "filter" is used as picker of profile "default", but filter is a filter'],
    [
      'profile handler',
      { profileHandler: scorer },
      'plugin "scorer" is used as profile handler, but scorer is a scorer',
    ],
    [
      'data source',
      { sources: [{ fetcher: extractor }] },
      'plugin "extractor" is used as data source, but extractor is a extractor',
    ],
    [
      'extractor',
      { sources: [{ fetcher, extractors: [scorer] }] },
      'plugin "scorer" is used as extractor, but scorer is a scorer',
    ],
  ])('are of the right kind: %s', (_, options, message) => {
    expect(failureOf(options)).toMatchObject({ code: 'CONFIG_INVALID', message });
  });

  it('may be several things at once', async () => {
    const both = definePlugin({
      type: 'both',
      kinds: ['filter', 'scorer'],
      create: () => ({ keep: ({ id }) => id !== 'e0' || 'not e0', score: ({ id }) => (id === 'e2' ? 1 : 0) }),
    })();
    const { scheduler, pool } = await samplePool({ filters: [both], scorers: [both] });
    expect((await scheduler.schedule({})).decision.target.id).toBe('e2');
    expect(pool.plugins()).toEqual([
      { name: 'both', type: 'both', kinds: ['filter', 'scorer'] },
      { name: 'best-picker', type: 'best-picker', kinds: ['picker'] },
    ]);
  });

  it('have distinct names', () => {
    const one = scoring('same', () => 1);
    const two = scoring('same', () => 1);
    expect(failureOf({ scorers: [one, two] })).toMatchObject({
      code: 'CONFIG_INVALID',
      plugin: 'same',
      message: 'two plugins are named "same"',
    });
    expect(failureOf({ picker: bestPicker(), plugins: [bestPicker({ count: 1 })] }).code).toBe('CONFIG_INVALID');
    expect(() => createScheduler({ ...graph({ scorers: [one, two.as('another')] }), endpoints: [] })).not.toThrow();
  });

  it('make one instance of a value that is named twice', () => {
    let created = 0;
    const counted = definePlugin({
      type: 'counted',
      kinds: ['scorer'],
      create: () => {
        created++;
        return { score: () => 1 };
      },
    })();
    createScheduler({ ...graph({ scorers: [counted, [counted, 2]], plugins: [counted] }), endpoints: [] });
    expect(created).toBe(1);
  });

  it('have at least one profile', () => {
    expect(failureOf({ profiles: {} })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'there is no scheduling profile',
    });
  });

  it('have a handler when there are several profiles', () => {
    expect(failureOf({ profiles: { one: { picker }, two: { picker } } })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: '2 profiles need a profile handler',
    });
  });
});

it('hooks of every plugin run, whatever its kind', async () => {
  const log: string[] = [];
  const scorer = defineScorer({
    type: 'scorer',
    create: () => ({
      score: () => 1,
      preCall: () => void log.push('scorer'),
      afterResponse: () => void log.push('end'),
    }),
  });
  const { scheduler } = await samplePool({
    scorers: [scorer()],
    plugins: [hooking('hook', { preCall: () => void log.push('hook') })],
  });
  (await scheduler.schedule({})).end();
  expect(log).toEqual(['hook', 'scorer', 'end']);
});
