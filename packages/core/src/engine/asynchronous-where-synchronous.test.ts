import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { bestPicker, hooking } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import { defineFilter, definePicker, definePlugin, defineScorer, type PluginUse } from '../index.ts';

/** A rejection that the test runner does not see as unhandled, so that only the engine's own handling counts. */
function rejected(): never {
  const promise = Promise.reject(new Error('failed later'));
  promise.catch(() => {});
  return promise as never;
}

/**
 * An `async` function passes for one that returns nothing. What it throws would be an unhandled rejection, which ends
 * the process: the engine has to take it for the fault that it is.
 */
describe('an asynchronous function where a synchronous one is wanted is a fault of its plugin', () => {
  const cases: [string, Partial<Parameters<typeof samplePool>[0]>, string][] = [
    [
      'filterAll',
      { filters: [defineFilter({ type: 'bad', create: () => ({ filterAll: rejected }) })()] },
      'filter/bad',
    ],
    ['scoreAll', { scorers: [defineScorer({ type: 'bad', create: () => ({ scoreAll: rejected }) })()] }, 'score/bad'],
    ['score', { scorers: [defineScorer({ type: 'bad', create: () => ({ score: rejected }) })()] }, 'score/bad'],
    ['pick', { picker: definePicker({ type: 'bad', create: () => ({ pick: rejected }) })() }, 'pick/bad'],
    ['scoring', { plugins: [hooking('bad', { scoring: rejected })] }, 'scoring/bad'],
    ['postChoice', { plugins: [hooking('bad', { postChoice: rejected })] }, 'postChoice/bad'],
    ['a release', { plugins: [hooking('bad', { postChoice: () => rejected })] }, 'release/bad'],
    ['progress', { plugins: [hooking('bad', { progress: rejected })] }, 'progress/bad'],
    ['activated', { plugins: [hooking('bad', { activated: rejected })] }, 'activated/bad'],
    ['endpointAdded', { plugins: [hooking('bad', { endpointAdded: rejected })] }, 'endpointAdded/bad'],
  ];

  it.each(cases)('%s', async (_, options, fault) => {
    const { scheduler, pool } = await samplePool({ picker: bestPicker(), ...options });
    const call = await scheduler.schedule({});
    call.firstToken();
    call.end();
    await settle();
    expect(Object.keys(pool.faultCounts())).toEqual([fault]);
  });
});

it('the same plugin, synchronous, is none', async () => {
  const good: PluginUse = definePlugin({ type: 'good', create: () => ({ progress() {}, scoring() {} }) })();
  const { scheduler, pool } = await samplePool({ plugins: [good] });
  const call = await scheduler.schedule({});
  call.firstToken();
  call.end();
  await settle();
  expect(pool.faultCounts()).toEqual({});
});
