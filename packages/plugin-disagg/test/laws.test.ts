import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import {
  alwaysDisaggMultimodalDecider,
  alwaysDisaggPdDecider,
  disaggHeadersHandler,
  disaggProfileHandler,
  pdProfileHandler,
  prefixBasedPdDecider,
} from '../src/index.ts';

const headers = { 'x-prefiller-host-port': ['6.6.6.6:1'], 'x-encoder-hosts-ports': ['6.6.6.6:1,6.6.6.6:2'] };
const profiles = ['decode', 'prefill', 'encode'];

/** In another order the first endpoint is another one, of which the decider says something else. */
const ABOUT_ORDER = 'pays no attention to the order of endpoints';

describe.each([
  disaggProfileHandler({ deciders: { prefill: 'p', encode: 'e' } }),
  disaggProfileHandler({ stageOrder: 'prefill-first', deciders: { encode: 'e' } }),
  pdProfileHandler({ primaryPort: 8000 }),
])('laws of $definition.type with deciders', (use) => {
  const laws = pluginLaws(use, { profiles, headers }).filter(({ name }) => name !== ABOUT_ORDER);
  it.each(laws)('$name', ({ check }) => check());
});

describe.each([
  disaggProfileHandler(),
  disaggProfileHandler({ stageOrder: 'prefill-first' }),
  disaggProfileHandler({ profiles: { prefill: 'nowhere', decode: 'encode' } }),
])('laws of $definition.type without deciders', (use) => {
  it.each(pluginLaws(use, { profiles, headers }))('$name', ({ check }) => check());
});

describe.each([
  alwaysDisaggPdDecider(),
  alwaysDisaggMultimodalDecider(),
  prefixBasedPdDecider({ nonCachedTokens: 4, promptTokens: 6 }),
  disaggHeadersHandler(),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use, { headers }))('$name', ({ check }) => check());
});
