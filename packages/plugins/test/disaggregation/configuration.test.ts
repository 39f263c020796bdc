import { createCatalog, createConfiguredScheduler, parseConfig } from '@pointsman/config';
import { formatExplanation } from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import { VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { builtinPlugins } from '../../src/index.ts';

const catalog = createCatalog(builtinPlugins);

/** No plugin runs out of time. */
const configure = (text: string) => createConfiguredScheduler({ catalog, text, clock: new VirtualClock() });

const handled = (handler: string, ...plugins: readonly string[]) => `plugins:
- ${handler}
${plugins.map((plugin) => `- ${plugin}\n`).join('')}- { type: decode-filter }
- { type: prefill-filter }
schedulingProfiles:
- { name: decode, plugins: [{ pluginRef: decode-filter }] }
- { name: prefill, plugins: [{ pluginRef: prefill-filter }] }
endpoints:
- { name: d, address: 10.0.0.1, port: 8000, labels: { llm-d.ai/role: decode } }
- { name: p, address: 10.0.0.2, port: 8000, labels: { llm-d.ai/role: prefill } }
`;

describe('deciders in a configuration', () => {
  it.each([
    ['before', '{ type: prefix-based-pd-decider, name: pfx, parameters: { nonCachedTokens: 2 } }', 'pfx'],
    ['nowhere, and made as it needs no parameters', '{ type: queue-scorer }', 'always-disagg-pd-decider'],
  ])('are found when they are declared %s', async (_, plugin, decider) => {
    const handler = `{ type: disagg-profile-handler, parameters: { deciders: { prefill: ${decider} } } }`;
    await using configured = await configure(handled(handler, plugin));
    await configured.scheduler.start();
    const body = new TextEncoder().encode(JSON.stringify({ model: 'm', prompt: 'Say hello to everybody' }));
    const payload = openaiParser.parse({ path: '/v1/completions', headers: {}, body });
    await using call = await configured.scheduler.schedule({ model: 'm', payload });
    expect(call.decision.headers).toEqual({ 'x-prefiller-host-port': '10.0.0.2:8000' });
    expect(formatExplanation(call.decision.explain(), { as: 'table' })).toContain('prefill: default/p\n');
  });

  it('are refused by name when there is none', async () => {
    const handler = '{ type: pd-profile-handler, parameters: { deciderPluginName: long-prompt } }';
    const text = handled(handler, '{ type: prefix-based-pd-decider, name: long-prompts }');
    await expect(parseConfig(text, { catalog, file: 'pd.yaml' })).rejects.toThrow(
      'pd.yaml:2:3 plugins[0]: "pd-profile-handler" reads DisaggregationDataKey/long-prompt, which no plugin writes. ' +
        'Add a plugin that writes it, such as "long-prompt".',
    );
  });
});

it('a change of configuration takes effect with the next request', async () => {
  const pd = (tokens: number) =>
    handled(
      '{ type: disagg-profile-handler, parameters: { deciders: { prefill: prefix-based-pd-decider } } }',
      `{ type: prefix-based-pd-decider, parameters: { nonCachedTokens: ${tokens} } }`,
    );
  await using configured = await configure(pd(4));
  await configured.scheduler.start();
  const companions = async (word: string) => {
    const body = new TextEncoder().encode(JSON.stringify({ model: 'm', prompt: word.repeat(5) }));
    const payload = openaiParser.parse({ path: '/v1/completions', headers: {}, body });
    await using call = await configured.scheduler.schedule({ model: 'm', payload });
    return Object.keys(call.decision.companions);
  };
  expect(await companions('long ')).toEqual(['prefill']);
  expect(await configured.reload({ text: pd(400) })).toMatchObject({ ok: true });
  expect(await companions('other ')).toEqual([]);
});
