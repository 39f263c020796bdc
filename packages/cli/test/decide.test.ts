import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { DecideSession } from '../src/decide/decide-session.ts';
import { readCase } from '../src/decide/read-case.ts';
import { pointsman } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const CONFIG = `plugins:
  - type: queue-scorer
  - type: prefix-cache-scorer
  - type: session-affinity-scorer
  - type: by-label-selector
    parameters: { matchLabels: { tier: gold } }
  - type: max-score-picker
    parameters: { maxNumOfEndpoints: 3 }
schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: by-label-selector
      - { pluginRef: queue-scorer, weight: 2 }
      - { pluginRef: prefix-cache-scorer, weight: 3 }
      - { pluginRef: session-affinity-scorer, weight: 4 }
      - { pluginRef: max-score-picker }
`;

/** p0 and p1 are gold, p2 is not; p0 has the shortest queue. */
const ENDPOINTS = [
  { id: 'default/p0', labels: { tier: 'gold' }, metrics: { waitingQueueSize: 0 } },
  { id: 'default/p1', labels: { tier: 'gold' }, metrics: { waitingQueueSize: 4 } },
  { id: 'default/p2', labels: { tier: 'tin' }, metrics: { waitingQueueSize: 2 } },
];

const COMPLETION = { path: '/v1/completions', body: { model: 'm', prompt: 'once upon a time '.repeat(100) } };

async function answers(cases: readonly object[], config?: string) {
  const session = new DecideSession(undefined);
  const found = [];
  for (const [i, each] of cases.entries()) {
    const text = JSON.stringify(i === 0 && config !== undefined ? { config, ...each } : each);
    found.push(await session.answer(readCase(text, `case ${i}`)));
  }
  await session.close();
  return found;
}

describe('an answer of pointsman decide', () => {
  it('holds target, order, candidates, drops, scores, totals and headers', async () => {
    const [answer] = await answers([{ id: 'a', endpoints: ENDPOINTS, request: COMPLETION }], CONFIG);
    expect(answer).toEqual({
      id: 'a',
      target: 'default/p0',
      order: ['default/p0', 'default/p1'],
      companions: {},
      candidates: ['default/p0', 'default/p1', 'default/p2'],
      drops: [{ endpoint: 'default/p2', filter: 'by-label-selector', reason: 'label tier is not "gold"' }],
      scores: {
        'queue-scorer': { 'default/p0': 1, 'default/p1': 0 },
        'prefix-cache-scorer': { 'default/p0': 0, 'default/p1': 0 },
        'session-affinity-scorer': { 'default/p0': 0, 'default/p1': 0 },
      },
      totals: { 'default/p0': 2, 'default/p1': 0 },
      headers: {},
      responseHeaders: { 'x-session-token': Buffer.from('default/p0').toString('base64') },
      faults: [],
    });
  });

  it('learns from line to line: prefixes and sessions', async () => {
    const token = Buffer.from('default/p1').toString('base64');
    const [, second, session] = await answers(
      [
        { endpoints: ENDPOINTS, request: COMPLETION },
        { request: COMPLETION },
        { request: { ...COMPLETION, headers: { 'X-Session-Token': token } } },
      ],
      CONFIG,
    );
    expect(second).toMatchObject({
      scores: { 'prefix-cache-scorer': { 'default/p0': 1, 'default/p1': 0 } },
      totals: { 'default/p0': 5, 'default/p1': 0 },
    });
    expect(session).toMatchObject({ scores: { 'session-affinity-scorer': { 'default/p0': 0, 'default/p1': 1 } } });
  });

  it('forgets with another configuration', async () => {
    const first = { config: CONFIG, endpoints: ENDPOINTS, request: COMPLETION };
    const found = await answers([first, { ...first, config: `${CONFIG}seed: another\n` }, first]);
    for (const answer of found)
      expect(answer.scores['prefix-cache-scorer']).toEqual({ 'default/p0': 0, 'default/p1': 0 });
  });

  it('is about the state of its own line: nothing of an earlier one is left in the endpoints', async () => {
    const config = { plugins: [{ type: 'prefix-cache-scorer' }, { type: 'queue-scorer' }] };
    const endpoint = (more: object) => ({ id: 'ns/a', ...more });
    const other = { id: 'ns/b', metrics: { waitingQueueSize: 1 } };
    const found = await answers([
      {
        config,
        endpoints: [
          endpoint({
            metrics: { waitingQueueSize: 9 },
            attributes: { '@prefix': { matchBlocks: 1, totalBlocks: 2, blockSizeTokens: 16 } },
          }),
          other,
        ],
      },
      { endpoints: [endpoint({}), other] },
    ]);
    expect(found[0]!.scores).toEqual({
      'prefix-cache-scorer': { 'ns/a': 0.5, 'ns/b': 0 },
      'queue-scorer': { 'ns/a': 0, 'ns/b': 1 },
    });
    expect(found[1]!.scores).toMatchObject({ 'queue-scorer': { 'ns/a': 1, 'ns/b': 0 } });
    expect(found[1]!.scores['prefix-cache-scorer']).not.toMatchObject({ 'ns/a': 0.5 });
  });

  it('says why a request would be turned away', async () => {
    const [filtered, nobody] = await answers(
      [
        { endpoints: ENDPOINTS, candidates: ['default/p2'], request: {} },
        { endpoints: [], request: {} },
      ],
      CONFIG,
    );
    expect(filtered).toMatchObject({ target: null, order: [], error: { code: 'ALL_FILTERED', status: 429 } });
    expect(filtered!.drops).toHaveLength(1);
    expect(nobody).toMatchObject({ target: null, error: { code: 'NO_ENDPOINTS', status: 503 } });
  });

  it('takes endpoints and pools from the configuration', async () => {
    const pools = {
      small: { plugins: [{ type: 'queue-scorer' }], endpoints: [{ address: '10.0.0.1', port: 80, name: 's' }] },
      large: { plugins: [{ type: 'queue-scorer' }], endpoints: [{ address: '10.0.0.2', port: 80, name: 'l' }] },
    };
    const found = await answers([
      { config: { pools }, request: { targetModel: 'large' } },
      { pool: 'small', request: { targetModel: 'large' } },
    ]);
    expect(found.map(({ target }) => target)).toEqual(['default/l', 'default/s']);
    await expect(answers([{ config: { pools }, request: { targetModel: 'none' } }])).rejects.toThrow(
      'no pool "default"',
    );
  });
});

describe('pointsman decide', () => {
  it('answers one state, and a sequence line by line', async () => {
    using folder = new TemporaryFolder();
    const config = folder.write('config.yaml', CONFIG);
    const state = folder.write('state.json', JSON.stringify({ endpoints: ENDPOINTS, request: COMPLETION }));
    const lines = [
      JSON.stringify({ id: 1, endpoints: ENDPOINTS, request: COMPLETION }),
      '',
      JSON.stringify({ id: 2, request: COMPLETION }),
    ].join('\n');
    const [one, many] = await Promise.all([
      pointsman(['decide', '--config', config, '--state', state]),
      pointsman(['decide', '--config', config, '--jsonl'], lines),
    ]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(one.stdout)).toMatchObject({ target: 'default/p0', totals: { 'default/p0': 2 } });
    const answered = many.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answered).toMatchObject([
      { id: 1, totals: { 'default/p0': 2 } },
      { id: 2, totals: { 'default/p0': 5 } },
    ]);
  });

  it('names line and path of bad input, goes on, and ends with 1', async () => {
    using folder = new TemporaryFolder();
    const config = folder.write('config.yaml', CONFIG);
    const lines = [
      '{ not JSON',
      JSON.stringify({ id: 'b', request: { headers: { a: 1 } } }),
      JSON.stringify({ id: 'c', endpoints: [{ id: 'x', port: 99999 }] }),
      JSON.stringify({ id: 'd', config: 'plugins: [{ type: queue-scorr }]' }),
      JSON.stringify({ id: 'e', request: { path: '/v1/completions', body: '[]' } }),
      JSON.stringify({ id: 'f', endpoints: ENDPOINTS }),
    ].join('\n');
    const [many, one, missing] = await Promise.all([
      pointsman(['decide', '--config', config, '--jsonl'], lines),
      pointsman(['decide', '--config', config], '{"request": 5}'),
      pointsman(['decide', '--config', path.join(folder.path, 'no.yaml'), '--state', 'no.json']),
    ]);
    expect(many.code).toBe(1);
    const answered = many.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answered.map(({ id, line, target }) => ({ id, line, target }))).toEqual([
      { id: undefined, line: 1, target: null },
      { id: 'b', line: 2, target: null },
      { id: 'c', line: 3, target: null },
      { id: 'd', line: 4, target: null },
      { id: 'e', line: 5, target: null },
      { id: 'f', line: undefined, target: 'default/p0' },
    ]);
    for (const where of [
      'standard input:1: not JSON',
      'standard input:2: request.headers.a: ',
      'standard input:3: endpoints[0].port: ',
      'standard input:4: configuration:1:19 plugins[0].type: unknown plugin type "queue-scorr"',
      'standard input:5: request.body: ',
    ]) {
      expect(many.stderr).toContain(where);
    }
    expect(one).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('standard input: request: ') });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such file') });
  });
});
