import { defineFetcher } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { disaggHeadersHandler, disaggregation, pdProfileHandler } from '../src/index.ts';
import { createRig, ENCODERS, PREFILLER } from './rig.ts';

const endpoints = { d: 'decode', d2: 'decode', p: 'prefill', x: 'encode' };
const RANK = 'x-data-parallel-host-port';

describe('pd-profile-handler', () => {
  it('splits when its decider says so, and writes no header of its own', async () => {
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler({ deciderPluginName: 'p' }),
      verdicts: { p: { d: 1 } },
    });
    const came = await rig.run();
    expect(came).toMatchObject({ target: 'd', companions: { prefill: 'p' }, headers: {}, peers: {} });
    expect(came.ran).toEqual(['decode', 'prefill']);
  });

  it('asks prefix-based-pd-decider unless it is told', async () => {
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler(),
      verdicts: { 'prefix-based-pd-decider': { d: 0 } },
    });
    expect(await rig.run()).toMatchObject({
      companions: {},
      notes: ['no prefill: "prefix-based-pd-decider" decided against it'],
    });
  });

  it('is written the header by a headers handler', async () => {
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler({ deciderPluginName: 'p' }),
      plugins: [disaggHeadersHandler()],
      verdicts: { p: { d: 1 } },
    });
    expect((await rig.run({ headers: { [ENCODERS]: '6.6.6.6:1' } })).headers).toEqual({
      [PREFILLER]: '10.0.0.3:8002',
      [ENCODERS]: '',
    });
  });

  it('sends requests to the front door, and names the rank, also after a fallback', async () => {
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler({ deciderPluginName: 'p', primaryPort: 9000 }),
      verdicts: { p: { d: 1 } },
    });
    const call = await rig.scheduler.schedule({});
    const { decision } = call;
    expect(decision.target.hostPort).toBe('10.0.0.1:9000');
    expect(decision.headers).toEqual({ [RANK]: '10.0.0.1:8000' });
    // Who computes the prompt is called at its own port.
    expect(decision.companions['prefill']!.hostPort).toBe('10.0.0.3:8002');
    expect(call.next('connect refused')!.hostPort).toBe('10.0.0.2:9000');
    expect(decision.headers).toEqual({ [RANK]: '10.0.0.2:8001' });
    call.end();
  });

  it('runs no other profile in place of a decode profile that does not exist', async () => {
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler({ decodeProfile: 'nowhere', deciderPluginName: 'p' }),
      verdicts: { p: { d: 1 } },
    });
    expect(await rig.run()).toMatchObject({ error: 'ALL_FILTERED', faults: [] });
  });
});

describe('disagg-headers-handler', () => {
  it('looks at the profiles that it is told', async () => {
    await using rig = createRig({
      endpoints,
      profiles: ['decode', 'prefill', 'encode'],
      handler: pdProfileHandler({ deciderPluginName: 'p' }),
      plugins: [disaggHeadersHandler({ prefillProfile: 'other', encodeProfile: 'prefill' })],
      verdicts: { p: { d: 1 } },
    });
    expect((await rig.run()).headers).toEqual({ [ENCODERS]: '10.0.0.3:8002' });
  });

  it('does not name the endpoint that answers as its own companion', async () => {
    await using rig = createRig({
      endpoints: { p: 'prefill' },
      handler: pdProfileHandler({ decodeProfile: 'prefill', deciderPluginName: 'p' }),
      plugins: [disaggHeadersHandler()],
      verdicts: { p: {} },
    });
    expect(await rig.run()).toMatchObject({ target: 'p', headers: {} });
  });

  it('is there under its older name', () => {
    expect(disaggHeadersHandler.aliases).toEqual(['prefill-header-handler']);
  });
});

describe('a decider that is missing', () => {
  it('is named when the scheduler is created', () => {
    expect(() => createRig({ endpoints, handler: pdProfileHandler({ deciderPluginName: 'mine' }) })).toThrow(
      expect.objectContaining({
        code: 'DATA_UNPRODUCED',
        plugin: 'pd-profile-handler',
        hint: 'Add a plugin that writes it, such as "mine".',
      }),
    );
  });

  it('and one that fails, costs the split and not the request', async () => {
    const failing = defineFetcher({
      type: 'failing',
      writes: [disaggregation('failing')],
      create: () => ({
        prepare() {
          throw new Error('out of order');
        },
      }),
    });
    await using rig = createRig({
      endpoints,
      handler: pdProfileHandler({ deciderPluginName: 'failing' }),
      plugins: [failing()],
    });
    expect(await rig.run()).toMatchObject({
      target: 'd',
      companions: {},
      notes: ['no prefill: "failing" said nothing'],
      faults: ['failing: Error: out of order'],
    });
  });
});
