import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stateOf } from '../../test/promise-state.ts';
import { bestPicker, scoring } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import {
  CONTRACT_VERSION,
  createScheduler,
  createSchedulerHost,
  definePlugin,
  defineScorer,
  endpointNumber,
  type PluginDefinition,
  type PluginUse,
  usePlugin,
} from '../index.ts';

const build = (...plugins: readonly PluginUse[]) => createScheduler({ ...graph({ plugins }), endpoints: specs(2) });

/** A definition made without this package: what another installed copy, or plain JavaScript, would bring. */
const foreign = (contract: unknown): PluginDefinition => ({
  contract: contract as typeof CONTRACT_VERSION,
  kinds: ['scorer'],
  type: 'foreign-scorer',
  aliases: [],
  params: z.unknown(),
  description: '',
  stability: 'stable',
  readsOf: () => [],
  writesOf: () => [],
  create: () => ({ score: ({ id }) => (id === 'e1' ? 1 : 0) }),
});

describe('a definition from another copy of the package', () => {
  it('works when it speaks the same contract', async () => {
    const { scheduler } = await samplePool({ scorers: [usePlugin(foreign(1), {}, 'foreign')] });
    expect((await scheduler.schedule({})).decision.target.id).toBe('e1');
  });

  it('shares data with keys that are equal by id, not by object', async () => {
    const mine = endpointNumber('Shared/key', { fallback: 3 });
    const theirs = endpointNumber('Shared/key', { fallback: 3 });
    const writer = definePlugin({ type: 'writer', writes: [theirs], create: () => ({}) });
    const seen: number[] = [];
    const reader = defineScorer({
      type: 'reader',
      reads: [mine],
      create: () => ({
        score(endpoint) {
          seen.push(endpoint.get(mine));
          return 0;
        },
      }),
    });
    const { scheduler, pool } = await samplePool({ scorers: [reader()], plugins: [writer()], endpoints: specs(2) });
    pool.setData('e1', theirs, 7);
    await scheduler.schedule({});
    expect(seen).toEqual([3, 7]);
  });

  it.each([
    [0, 'plugin "old" was built for contract 0; this engine speaks 1'],
    [2, 'plugin "old" was built for contract 2; this engine speaks 1'],
    ['1', 'plugin "old" was built for contract 1; this engine speaks 1'],
    [undefined, 'plugin "old" was built for contract undefined; this engine speaks 1'],
  ])('is refused by name when it speaks contract %j', (contract, message) => {
    expect(() => build(usePlugin(foreign(contract), {}, 'old'))).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INCOMPATIBLE', plugin: 'old', message }),
    );
  });

  it('is refused when it is no definition at all', () => {
    expect(() => build(usePlugin(undefined as never, {}, 'nothing'))).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INCOMPATIBLE', plugin: 'nothing' }),
    );
  });

  it.each<[PluginDefinition['kinds'][number], string]>([
    ['filter', 'keep or filterAll'],
    ['scorer', 'score or scoreAll'],
    ['picker', 'pick'],
    ['fetcher', 'prepare or poll or stream'],
    ['extractor', 'extract'],
    ['profile-handler', 'handle'],
  ])('is refused when a %s lacks its function', (kind, functions) => {
    const hollow = { ...foreign(1), kinds: [kind], create: () => ({}) };
    expect(() => build(usePlugin(hollow, {}, 'hollow'))).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_INCOMPATIBLE',
        message: `plugin "hollow" is a ${kind}, but what it created has no function ${functions}`,
      }),
    );
  });
});

describe('a plugin that cannot be created', () => {
  const closing = (name: string, log: string[], fail?: () => never) =>
    definePlugin({
      type: name,
      create: ({ onClose }) => {
        onClose(() => void log.push(`${name} first`));
        onClose(() => void log.push(`${name} second`));
        fail?.();
        return {};
      },
    })();

  it('is named, and all that was created before it is closed, in reverse order of what it opened', async () => {
    const log: string[] = [];
    const cause = new Error('no such file');
    expect(() =>
      build(
        closing('a', log),
        closing('b', log, () => {
          throw cause;
        }),
        closing('c', log),
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_FAILED',
        plugin: 'b',
        message: 'plugin "b" (type b) could not be created: no such file',
        cause,
      }),
    );
    await settle();
    expect(log.sort()).toEqual(['a first', 'a second', 'b first', 'b second']);
  });

  it('closes what a plugin opened, last first', async () => {
    const log: string[] = [];
    const scheduler = build(closing('a', log));
    await scheduler.close();
    expect(log).toEqual(['a second', 'a first']);
  });

  it('closes all that was created when the parts do not fit together', async () => {
    const log: string[] = [];
    expect(() =>
      createScheduler({ ...graph({ plugins: [closing('a', log)], profiles: {} }), endpoints: [] }),
    ).toThrow();
    await settle();
    expect(log).toEqual(['a second', 'a first']);
  });

  it('closes all that was created when an endpoint is invalid', async () => {
    const log: string[] = [];
    expect(() =>
      createScheduler({ ...graph({ plugins: [closing('a', log)] }), endpoints: [{ address: 'x', port: 0 }] }),
    ).toThrow(expect.objectContaining({ code: 'ENDPOINT_INVALID' }));
    await settle();
    expect(log).toEqual(['a second', 'a first']);
  });

  it('closes the pools before it', async () => {
    const log: string[] = [];
    expect(() =>
      createSchedulerHost({
        pools: {
          fine: { ...graph({ plugins: [closing('a', log)] }), endpoints: [] },
          broken: { profiles: {}, endpoints: [] },
        },
      }),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    await settle();
    expect(log).toEqual(['a second', 'a first']);
  });

  it('may fail to close: the others are closed all the same', async () => {
    const log: string[] = [];
    const warned: string[] = [];
    const bad = definePlugin({
      type: 'bad',
      create: ({ onClose }) => {
        onClose(() => void log.push('bad first'));
        onClose(() => Promise.reject(new Error('still busy')));
        return {};
      },
    });
    const scheduler = createScheduler({
      ...graph({ plugins: [bad(), closing('a', log)] }),
      endpoints: [],
      log: { debug() {}, info() {}, error() {}, warn: (line) => void warned.push(line) },
    });
    await scheduler.close();
    expect(log.sort()).toEqual(['a first', 'a second', 'bad first']);
    expect(warned).toEqual(['plugin "bad" failed to close: Error: still busy']);
  });

  it('is waited for when it closes', async () => {
    let done = () => {};
    const slow = definePlugin({
      type: 'slow',
      create: ({ onClose }) => {
        onClose(
          () =>
            new Promise<void>((resolve) => {
              done = resolve;
            }),
        );
        return {};
      },
    });
    const scheduler = build(slow());
    const closed = scheduler.close();
    expect(await stateOf(closed)).toBe('pending');
    done();
    expect(await stateOf(closed)).toBe('resolved');
  });
});

describe('what a plugin gets when it is created', () => {
  it('is its parameters, names, and the endpoints', () => {
    const seen: unknown[] = [];
    const looker = definePlugin({
      type: 'looker',
      params: z.strictObject({ depth: z.number().default(3) }),
      create: ({ params, name, pool, inherited, endpoints }) => {
        seen.push(params, name, pool, inherited);
        return { endpointAdded: ({ id }) => void seen.push(id, endpoints.list().length) };
      },
    });
    build(looker({}).as('mine'));
    expect(seen).toEqual([{ depth: 3 }, 'mine', 'default', undefined, 'e0', 1, 'e1', 2]);
  });

  it.each(['read', 'write'] as const)('refuses to %s data that was not declared', (what) => {
    const key = endpointNumber('Secret/other');
    const sly = definePlugin({
      type: 'sly',
      create: (context) => {
        (context as unknown as Record<string, (key: unknown) => void>)[what]!(key);
        return {};
      },
    });
    expect(() => build(sly())).toThrow(
      expect.objectContaining({
        code: 'DATA_UNDECLARED',
        plugin: 'sly',
        hint: `Add the key to the ${what}s of its definition.`,
      }),
    );
  });

  it('shows what a plugin says of its inner state, and survives one that fails to', async () => {
    const speaking = definePlugin({ type: 'speaking', create: () => ({ inspect: () => ({ sessions: 2 }) }) });
    const failing = definePlugin({
      type: 'failing',
      create: () => ({
        inspect: () => {
          throw new Error('no idea');
        },
      }),
    });
    const { pool } = await samplePool({ plugins: [speaking(), failing()], scorers: [scoring('silent', () => 1)] });
    expect(pool.inspect()).toEqual({ speaking: { sessions: 2 } });
    expect(pool.faultCounts()).toEqual({ 'inspect/failing': 1 });
  });
});

it('the parameters of a factory are checked where it is called', () => {
  expect(() => bestPicker({ count: 0 })).toThrow(
    expect.objectContaining({ code: 'PARAMS_INVALID', plugin: 'best-picker' }),
  );
  expect(() => bestPicker({ cuont: 1 } as never)).toThrow(/cuont/);
  expect(bestPicker().params).toEqual({ count: 1000 });
  expect(CONTRACT_VERSION).toBe(1);
});
