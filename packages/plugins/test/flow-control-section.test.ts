import { type ConfigError, createCatalog, createConfiguredScheduler, parseConfig } from '@pointsman/config';
import { PointsmanError } from '@pointsman/core';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const catalog = createCatalog(builtinPlugins);
const GATE = 'featureGates: [flowControl]\n';
const ENDPOINTS = 'endpoints: ["http://127.0.0.1:1"]\n';

async function pluginOf(text: string, name: string) {
  const { pools } = await parseConfig(ENDPOINTS + text, { catalog });
  return pools.default?.plugins?.find((use) => use.name === name);
}

async function problemsOf(text: string): Promise<readonly string[]> {
  const error = await parseConfig(text, { catalog, file: 'pool.yaml' }).then(
    () => undefined,
    (thrown: unknown) => thrown as ConfigError,
  );
  return (error?.problems ?? []).map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

describe('the section flowControl, with its gate on', () => {
  test('becomes parameters of flow-control', async () => {
    const use = await pluginOf(
      `${GATE}plugins:
- { type: round-robin-fairness-policy, name: turns }
- { type: slo-deadline-ordering-policy }
- { type: priority-holdback-policy, name: holdback, parameters: { minCeiling: 0.5 } }
- { type: concurrency-detector, name: counted }
flowControl:
  maxBytes: 1Gi
  maxRequests: 1.5k
  defaultRequestTTL: 1m30s
  noEndpointRequestTTL: 0s
  defaultNegativePriorityBand: { maxRequests: 10, maxBytes: 0 }
  priorityBands:
  - { priority: 7, maxBytes: 2M, fairnessPolicyRef: turns, orderingPolicyRef: slo-deadline-ordering-policy }
  usageLimitPolicyPluginRef: holdback
  saturationDetector: { pluginRef: counted }
objectives:
- { name: interactive, priority: 3 }
- { name: batch, priority: -3 }
`,
      'flow-control',
    );
    const usual = {
      fairness: 'global-strict-fairness-policy',
      ordering: 'fcfs-ordering-policy',
      maxBytes: 1e9,
      maxRequests: 5000,
    };
    expect(use?.params).toEqual({
      maxBytes: 2 ** 30,
      maxRequests: 1500,
      requestTtlMs: 90_000,
      noEndpointTtlMs: 0,
      defaultBand: usual,
      negativeBand: { ...usual, maxRequests: 10 },
      bands: [
        {
          ...usual,
          priority: 7,
          maxBytes: 2e6,
          fairness: 'round-robin-fairness-policy',
          ordering: 'slo-deadline-ordering-policy',
        },
      ],
      priorities: [3, -3],
      programs: expect.any(Object),
      usageLimit: {
        type: 'priority-holdback-policy',
        params: { shape: 'linear', domain: 'rank', minCeiling: 0.5, maxCeiling: 1 },
      },
      saturationDetector: 'counted',
    });
  });

  test('needs nothing in it', async () => {
    const { pools, warnings } = await parseConfig(ENDPOINTS + GATE, { catalog });
    const names = pools.default?.plugins?.map(({ name }) => name);
    expect(names).toContain('flow-control');
    expect(names).toContain('utilization-detector');
    // Somebody asks it, so it is not there for nothing.
    expect(warnings).toEqual([]);
  });

  test('has the parameters of the plugin that bands name for fairness by programs', async () => {
    const text = `${GATE}plugins:
- { type: program-aware-fairness, name: least, parameters: { lasWeightHeadWait: 0.5 } }
- { type: program-aware-fairness, name: unnamed, parameters: { lasWeightHeadWait: 0.7 } }
flowControl:
  priorityBands: [{ priority: 1, fairnessPolicyRef: least }]
`;
    expect(await pluginOf(text, 'flow-control')).toMatchObject({
      params: {
        bands: [{ priority: 1, fairness: 'program-aware-fairness' }],
        programs: {
          strategy: 'las',
          lasWeightService: 0.8,
          lasWeightHeadWait: 0.5,
          lasHalfLifeSeconds: 60,
          evictionTtlSeconds: 3600,
          evictionSweepSeconds: 300,
        },
      },
    });
  });

  test.each([
    ['', undefined],
    ['enableEviction: false', undefined],
    ['enableEviction: true', { graceMs: 2300 }],
    ['enableEviction: true, saturationDetector: { pluginRef: counted }', { graceMs: 10 }],
  ])('gives up requests that run where it is told so: %s', async (section, eviction) => {
    const text = `${GATE}plugins:
- { type: concurrency-detector, name: counted }
- { type: sheddable-eviction-filter }
- { type: priority-then-time-eviction-order-policy }
flowControl: { ${section} }
`;
    const use = await pluginOf(text, 'flow-control');
    expect(use?.params).toHaveProperty('requestTtlMs');
    expect(Object.entries(use?.params ?? {}).find(([name]) => name === 'eviction')?.[1]).toEqual(eviction);
  });

  test.each([
    ['flowControl: { defaultRequestTTL: -1s }', '2 flowControl.defaultRequestTTL: must not be negative'],
    [
      'flowControl: { priorityBands: [{ priority: 1 }, { priority: 1 }] }',
      '2 flowControl.priorityBands[1]: two bands have the priority 1',
    ],
    [
      'flowControl: { priorityBands: [{ fairnessPolicyRef: turns }] }',
      '2 flowControl.priorityBands[0].fairnessPolicyRef: no plugin is named "turns"',
    ],
    [
      'plugins: [{ type: queue-scorer }]\nflowControl: { defaultPriorityBand: { orderingPolicyRef: queue-scorer } }',
      '3 flowControl.defaultPriorityBand.orderingPolicyRef: "queue-scorer" is no ordering policy',
    ],
    [
      `plugins:
- { type: program-aware-fairness, name: a }
- { type: program-aware-fairness, name: b, parameters: { lasHalfLifeSeconds: 5 } }
flowControl:
  defaultPriorityBand: { fairnessPolicyRef: a }
  defaultNegativePriorityBand: { fairnessPolicyRef: b }`,
      '7 flowControl.defaultNegativePriorityBand.fairnessPolicyRef: "b" and "a" have other parameters',
    ],
    [
      'flowControl: { usageLimitPolicyPluginRef: none }',
      '2 flowControl.usageLimitPolicyPluginRef: no plugin is named "none"',
    ],
    [
      'flowControl: { saturationDetector: { pluginRef: concurrency-detector } }',
      '2 flowControl.saturationDetector.pluginRef: no plugin is named "concurrency-detector"',
    ],
    [
      'plugins: [{ type: flow-control }]',
      '2 plugins[0]: "flow-control" is there twice: the file asks for it without `plugins`',
    ],
  ])('%s', async (text, problem) => {
    expect(await problemsOf(GATE + text)).toEqual([problem]);
  });
});

describe('without its gate', () => {
  test('nothing is added where no priority is below 0', async () => {
    const objectives = 'objectives: [{ name: a, priority: 5 }]';
    expect(await pluginOf(objectives, 'sheddable-admitter')).toBeUndefined();
    expect(await pluginOf(objectives, 'utilization-detector')).toBeUndefined();
  });

  test('requests of a priority below 0 are turned away while the pool is full', async () => {
    const objectives = 'objectives: [{ name: batch, priority: -1 }]\n';
    await using configured = await createConfiguredScheduler({ catalog, text: ENDPOINTS + objectives });
    const { scheduler } = configured;
    // Nobody has said how full the endpoint is: it counts as full.
    const refused = scheduler.schedule({ model: 'm', priority: -1 });
    await expect(refused).rejects.toMatchObject({ httpStatus: 429, reason: 'rejected-saturated' });
    (await scheduler.schedule({ model: 'm' })).end();
  });

  test('a detector that is named has to be one', async () => {
    const text = `${ENDPOINTS}plugins: [{ type: queue-scorer }]\nsaturationDetector: { pluginRef: queue-scorer }`;
    const failed = createConfiguredScheduler({ catalog, text });
    await expect(failed).rejects.toSatisfy((error) => PointsmanError.is(error, 'CONFIG_INVALID'));
    await expect(failed).rejects.toThrow('"queue-scorer", a queue-scorer, knows nothing of saturation');
  });
});
