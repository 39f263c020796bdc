import { configJsonSchema, createCatalog, createConfiguredScheduler, unbuiltTypes } from '@pointsman/config';
import * as accounting from '@pointsman/plugin-accounting';
import * as disagg from '@pointsman/plugin-disagg';
import * as flowControl from '@pointsman/plugin-flow-control';
import * as kvEvents from '@pointsman/plugin-kv-events';
import * as latency from '@pointsman/plugin-latency';
import * as load from '@pointsman/plugin-load';
import * as placement from '@pointsman/plugin-placement';
import * as prefixCache from '@pointsman/plugin-prefix-cache';
import * as selection from '@pointsman/plugin-selection';
import * as sessionAffinity from '@pointsman/plugin-session-affinity';
import * as tokenizer from '@pointsman/plugin-tokenizer';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const packages = {
  accounting,
  disagg,
  flowControl,
  kvEvents,
  latency,
  load,
  placement,
  prefixCache,
  selection,
  sessionAffinity,
  tokenizer,
};
const catalog = createCatalog(builtinPlugins);

test.each(Object.entries(packages))('everything that %s exports as a plugin is in the catalogue', (_name, exports) => {
  const defined = Object.values(exports).filter(
    (value): value is (typeof builtinPlugins)[number] => typeof value === 'function' && 'kinds' in value,
  );
  expect(defined.length).toBeGreaterThan(0);
  expect(defined.filter((definition) => !builtinPlugins.includes(definition)).map(({ type }) => type)).toEqual([]);
});

test('what is built is not among what is not built', () => {
  const unbuilt = unbuiltTypes(catalog);
  expect(catalog.names.filter((name) => unbuilt.has(name))).toEqual([]);
});

describe.each(builtinPlugins)('$type', (definition) => {
  test('has a description and its parameters in the JSON Schema', () => {
    expect(definition.description).not.toBe('');
    const { $defs } = configJsonSchema(createCatalog([definition])) as {
      readonly $defs: { readonly plugin: { readonly allOf: readonly [{ readonly then: object }] } };
    };
    const { then } = $defs.plugin.allOf[0];
    expect(then).toHaveProperty('properties.parameters.anyOf.0.description', definition.description);
    expect(then).toHaveProperty('properties.parameters.anyOf.0.type', 'object');
  });
});

test('without a configuration, queue, KV cache and prefix decide', async () => {
  await using configured = await createConfiguredScheduler({ catalog, text: '' });
  const pool = configured.scheduler.pools.get('default');
  pool?.setEndpoints([
    { address: 'a.example', port: 1 },
    { address: 'b.example', port: 1 },
  ]);
  const call = await configured.scheduler.schedule({ model: 'm' });
  const [profile] = call.decision.explain().profiles;
  expect(profile?.scorers.map(({ plugin, weight }) => [plugin, weight])).toEqual([
    ['queue-scorer', 2],
    ['kv-cache-utilization-scorer', 2],
    ['prefix-cache-scorer', 3],
  ]);
  call.end();
});
