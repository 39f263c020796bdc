import type { PluginFactory } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import {
  alwaysDisaggMultimodalDecider,
  alwaysDisaggPdDecider,
  disaggHeadersHandler,
  disaggProfileHandler,
  pdProfileHandler,
  prefixBasedPdDecider,
} from '../src/index.ts';

/** A factory, parameters that it has to refuse, and what the message has to name. */
const wrong: readonly [PluginFactory, unknown, RegExp][] = [
  [disaggProfileHandler, { stageOrder: 'sideways' }, /decode-first or prefill-first.*stageOrder/s],
  [disaggProfileHandler, { stageOrder: 1 }, /stageOrder/],
  [disaggProfileHandler, { profiles: { draft: 'x' } }, /draft/],
  [disaggProfileHandler, { profiles: { decode: 1 } }, /decode/],
  [disaggProfileHandler, { deciders: { decode: 'x' } }, /decode/],
  [disaggProfileHandler, { deciders: ['x'] }, /deciders/],
  [disaggProfileHandler, { decodeProfile: 'd', profiles: {} }, /older name of profiles.decode.*decodeProfile/s],
  [
    disaggProfileHandler,
    { deciderPluginName: 'd', deciders: {} },
    /older name of deciders.prefill.*deciderPluginName/s,
  ],
  [disaggProfileHandler, { stageOrder: 'prefill-first', deciders: { prefill: 'x' } }, /no prefill decider/],
  [disaggProfileHandler, { stageOrder: 'Prefill', prefillDeciderPluginName: 'x' }, /no prefill decider/],
  [disaggProfileHandler, { decider: 'x' }, /decider/],
  [pdProfileHandler, { primaryPort: 65_536 }, /primaryPort/],
  [pdProfileHandler, { primaryPort: -1 }, /primaryPort/],
  [pdProfileHandler, { primaryPort: 1.5 }, /primaryPort/],
  [pdProfileHandler, { deciderPluginName: null }, /deciderPluginName/],
  [pdProfileHandler, { stageOrder: 'decode-first' }, /stageOrder/],
  [disaggHeadersHandler, { prefillProfile: 1 }, /prefillProfile/],
  [disaggHeadersHandler, { decodeProfile: 'x' }, /decodeProfile/],
  [prefixBasedPdDecider, { nonCachedTokens: -1 }, /nonCachedTokens/],
  [prefixBasedPdDecider, { nonCachedTokens: 0.5 }, /nonCachedTokens/],
  [prefixBasedPdDecider, { promptTokens: '16' }, /promptTokens/],
  [prefixBasedPdDecider, { prefixMatchInfoProducerName: '' }, /prefixMatchInfoProducerName/],
  [prefixBasedPdDecider, { threshold: 1 }, /threshold/],
];

describe('parameters', () => {
  it.each(
    wrong.map(
      ([factory, params, message]) => [factory.type, JSON.stringify(params), factory, params, message] as const,
    ),
  )('%s refuses %s', (type, _, factory, params, message) => {
    expect(() => factory(params)).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID', plugin: type, message: expect.stringMatching(message) }),
    );
  });

  it.each([alwaysDisaggPdDecider, alwaysDisaggMultimodalDecider])('$type minds none, as the reference', (factory) => {
    expect(() => factory({ unknownKey: 1 })).not.toThrow();
  });

  it('what is blank has its default', () => {
    const blank = { decode: '', prefill: '', encode: '' };
    const bound = (params: Parameters<typeof disaggProfileHandler>[0]) => disaggProfileHandler(params).params;
    expect(bound({ stageOrder: '', profiles: blank, deciders: { prefill: '', encode: '' } })).toEqual(bound({}));
    expect(pdProfileHandler({ decodeProfile: '', deciderPluginName: '' }).params).toEqual(pdProfileHandler().params);
  });

  it.each([
    ['decode', 'decode-first'],
    ['DecodeFirst', 'decode-first'],
    ['PREFILL_FIRST', 'prefill-first'],
    ['prefill', 'prefill-first'],
  ])('the stage order %s is %s', (stageOrder, order) => {
    expect(disaggProfileHandler({ stageOrder }).params).toMatchObject({ stageOrder: order });
  });
});
