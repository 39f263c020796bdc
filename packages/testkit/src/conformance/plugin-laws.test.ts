import {
  defineFilter,
  definePicker,
  definePlugin,
  defineProfileHandler,
  defineScorer,
  endpointNumber,
  endpointValue,
  type PluginUse,
  requestValue,
  waitingQueueSize,
} from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import type { ConformanceOptions } from './conformance-options.ts';
import { pluginLaws } from './plugin-laws.ts';

async function broken(use: PluginUse, options: ConformanceOptions = {}): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, check } of pluginLaws(use, options)) await check().catch(() => names.push(name));
  return names;
}

const withQueue = waitingQueueSize;
const tags = endpointValue<{ list: string[] }>()('test/tags');
const other = endpointNumber('test/other');
const secret = requestValue<string>()('test/secret');

describe('the laws find', () => {
  it('nothing in good plugins', async () => {
    const scorer = defineScorer({
      type: 'good',
      reads: [withQueue],
      create: () => ({ score: (endpoint) => 1 / (1 + Math.max(0, endpoint.get(withQueue) || 0)) }),
    });
    const picker = definePicker({
      type: 'good-picker',
      create: () => ({
        pick(candidates, _totals, cycle, order) {
          order[0] = cycle.random.below(candidates.length);
          return 1;
        },
      }),
    });
    expect(await broken(scorer())).toEqual([]);
    expect(await broken(picker())).toEqual([]);
  });

  it('a score out of range, and one that is no number', async () => {
    const use = defineScorer({
      type: 'raw',
      reads: [withQueue],
      create: () => ({ score: (endpoint) => endpoint.get(withQueue) }),
    })();
    expect(await broken(use)).toEqual(
      expect.arrayContaining(['gives scores from 0 to 1', 'fails in no stage, whatever data there is']),
    );
  });

  it('a plugin that cannot do without data', async () => {
    const use = defineFilter({
      type: 'needy',
      reads: [tags],
      create: () => ({ keep: (endpoint) => endpoint.get(tags)!.list.length > 0 || 'no tags' }),
    })();
    expect(await broken(use, { values: { 'test/tags': [{ list: ['a'] }] } })).toContain(
      'fails in no stage, whatever data there is',
    );
  });

  it('a plugin that reads what it did not declare', async () => {
    const use = defineScorer({
      type: 'secretive',
      create: () => ({ score: (endpoint) => Number((endpoint as { get(key: unknown): unknown }).get(other) === 1) }),
    })();
    expect(await broken(use)).toContain('fails in no stage, whatever data there is');
  });

  it('a plugin that reads data of the request that it did not declare', async () => {
    const use = defineFilter({
      type: 'prying',
      create: () => ({
        keep: (_endpoint, cycle) => (cycle as { get(key: unknown): unknown }).get(secret) === undefined || 'no',
      }),
    })();
    expect(await broken(use)).toContain('fails in no stage, whatever data there is');
  });

  it('the machine in place of the given chance and time', async () => {
    const byChance = defineScorer({ type: 'dice', create: () => ({ score: () => Math.random() }) })();
    expect(await broken(byChance)).toEqual(
      expect.arrayContaining([
        'uses only the time and the chance that it is given',
        'decides the same for the same inputs and seed',
      ]),
    );
    const byTime = defineFilter({ type: 'clock', create: () => ({ keep: () => Date.now() > 0 || 'before time' }) })();
    expect(await broken(byTime)).toEqual(['uses only the time and the chance that it is given']);
  });

  it('a plugin that changes what it is given', async () => {
    const use = defineScorer({
      type: 'meddler',
      reads: [tags],
      create: () => ({
        score(endpoint) {
          endpoint.get(tags)?.list.push('seen');
          return 0;
        },
      }),
    })();
    expect(await broken(use, { values: { 'test/tags': [{ list: [] }] } })).toContain(
      'changes nothing that it is given',
    );
    const relabels = defineFilter({
      type: 'relabels',
      create: () => ({
        keep(endpoint) {
          (endpoint.labels as Record<string, string>)['seen'] = 'yes';
          return true;
        },
      }),
    })();
    expect(await broken(relabels)).toContain('changes nothing that it is given');
  });

  it('favour for whoever comes first', async () => {
    const use = defineScorer({
      type: 'first-come',
      create: () => ({
        scoreAll(candidates, _cycle, out) {
          out.fill(0, 0, candidates.length);
          out[0] = 1;
        },
      }),
    })();
    expect(await broken(use)).toEqual(['pays no attention to the order of endpoints']);
  });

  it('memory of earlier requests, unless it is meant', async () => {
    const use = defineScorer({
      type: 'counts',
      create: () => {
        let requests = 0;
        return {
          preCall() {
            requests++;
          },
          score: () => (requests > 1 ? 1 : 0),
        };
      },
    })();
    expect(await broken(use)).toEqual(['leaves nothing behind from one request to the next']);
    expect(await broken(use, { remembers: true })).toEqual([]);
  });

  it('memory of endpoints that are gone', async () => {
    const use = defineScorer({
      type: 'by-row',
      create: () => {
        const seen: (string | undefined)[] = [];
        return {
          endpointAdded(endpoint) {
            seen[endpoint.row] ??= endpoint.id;
          },
          scoreAll(candidates, _cycle, out) {
            for (let i = 0; i < candidates.length; i++) {
              out[i] = seen[candidates.rows[i]!] === candidates.endpoint(i).id ? 1 : 0;
            }
          },
        };
      },
    })();
    expect(await broken(use)).toContain('follows endpoints that change, come and go');
  });

  it('a failure when the configuration changes', async () => {
    const use = definePlugin({
      type: 'no-successor',
      create: () => ({
        handOver() {
          throw new Error('no successor');
        },
      }),
    })();
    expect(await broken(use)).toEqual(['works on after a change of configuration']);
  });

  it('a picker that names an endpoint twice', async () => {
    const use = definePicker({
      type: 'stutters',
      create: () => ({
        pick(candidates, _totals, _cycle, order) {
          order[0] = 0;
          order[1] = 0;
          return Math.min(2, candidates.length);
        },
      }),
    })();
    expect(await broken(use)).toContain('fails in no stage, whatever data there is');
  });

  it('a profile handler that takes every profile for granted', async () => {
    const use = defineProfileHandler({
      type: 'hopeful',
      create: () => ({ handle: (_cycle, run) => ({ primary: run('decode')! }) }),
    })();
    expect(await broken(use)).toContain('fails in no stage, whatever data there is');
    expect(await broken(use, { profiles: ['decode'] })).toEqual([]);
  });
});
