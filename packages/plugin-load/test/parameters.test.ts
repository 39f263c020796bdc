import { type PluginFactory, PointsmanError } from '@pointsman/core';
import { readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { loadPlugins } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly type: string;
  readonly params?: Record<string, unknown>;
  readonly expected: { readonly ok: boolean };
}

const definitions = new Map(loadPlugins.map((definition) => [definition.type, definition as PluginFactory]));

function bind(type: string, params: unknown): PointsmanError | undefined {
  try {
    definitions.get(type)!(params as never);
    return undefined;
  } catch (error) {
    if (PointsmanError.is(error, 'PARAMS_INVALID')) return error;
    throw error;
  }
}

/** Parameter names in other letter case are matched where configuration is read, not by the plugins. */
const ONLY_FROM_CONFIGURATION = new Set(['s124']);

describe('parameters as recorded', () => {
  const cases = readGolden<Case>('plugin-parameters.jsonl', new URL('./golden/', import.meta.url)).filter(
    ({ id, type }) => definitions.has(type) && !ONLY_FROM_CONFIGURATION.has(id),
  );
  it.each(cases.map((recorded) => [`${recorded.id} ${recorded.type}`, recorded] as const))('%s', (_, recorded) => {
    expect(bind(recorded.type, recorded.params)?.message).toEqual(
      recorded.expected.ok ? undefined : expect.any(String),
    );
  });
});

/** Every parameter with what it must refuse: [type, parameter, wrong values]. */
const wrong: readonly (readonly [type: string, parameter: string, values: readonly unknown[]])[] = [
  ['active-request-scorer', 'idleThreshold', ['1', 1.5, true, null, Number.NaN, 1e300]],
  ['active-request-scorer', 'maxBusyScore', ['1', true, {}, Number.NaN, Number.POSITIVE_INFINITY]],
  ['active-request-scorer', 'inFlightLoadProducerName', ['', 5, null]],
  ['active-request-scorer', 'requestTimeout', [5, null, {}]],
  ['token-load-scorer', 'queueThresholdTokens', ['1', 1.5, true, null, 1e300]],
  ['token-load-scorer', 'inFlightLoadProducerName', ['', 5, null]],
  ['load-aware-scorer', 'threshold', ['5', 1.5, true, null, 1e300]],
  ['inflight-load-producer', 'addEstimatedOutputTokens', ['true', 1, null]],
  ['inflight-load-producer', 'outputRatio', ['1.5', -0.1, null, Number.NaN, Number.POSITIVE_INFINITY]],
  ['inflight-load-producer', 'maxEstimatedOutputTokens', ['5', -1, 1.5, 1e300]],
  ['inflight-load-producer', 'prefixMatchInfoProducerName', ['', 5, null]],
  ['inflight-load-producer', 'syncCrossReplicaState', ['false', 0, null]],
  ['utilization-filter', 'fallbackOnEmpty', ['true', 1, null]],
  ['utilization-filter', 'inFlightLoadProducerName', ['', 5, null]],
  [
    'utilization-filter',
    'conditions',
    [
      undefined,
      null,
      {},
      [],
      [{}],
      [{ metric: 'waiting-queue' }],
      [{ maxValue: 1 }],
      [{ metric: 'gpu', maxValue: 1 }],
      [{ metric: 'waiting-queue', maxValue: -1 }],
      [{ metric: 'waiting-queue', maxValue: '1' }],
      [{ metric: 'kv-cache-utilization', maxValue: 1.01 }],
      [{ metric: 'waiting-queue', maxValue: 1, unknownKey: 1 }],
    ],
  ],
  ['concurrency-detector', 'maxConcurrency', [0, -1, '1', 1.5, true, null, 1e300]],
  ['concurrency-detector', 'maxTokenConcurrency', [0, -1, '1', 1.5, true, null, 1e300]],
  ['concurrency-detector', 'concurrencyMode', ['', 'request', 'both', 5, null]],
  ['utilization-detector', 'queueDepthThreshold', [0, -1, '5', 1.5, true, null, 1e300]],
  ['utilization-detector', 'kvCacheUtilThreshold', [0, -0.1, 1.1, '0.8', true, null, Number.NaN]],
  ['utilization-detector', 'metricsStalenessThreshold', ['0s', '', '5', '-1s', 'soon', 5, null]],
  ['utilization-detector', 'headroom', [-0.1, '0.5', true, null, Number.NaN, Infinity]],
  ['concurrency-detector', 'headroom', [-0.1, '0.5', true, null, Number.NaN, Infinity]],
  ['concurrency-detector', 'inFlightLoadProducerName', ['', 5, null]],
  ...['queueDepthThreshold', 'kvCacheUtilThreshold', 'power', 'k'].map(
    (parameter) => ['probabilistic-admitter', parameter, [0, -1, '1', true, null, Number.NaN, Infinity]] as const,
  ),
  ['metrics-data-source', 'selectByName', ['true', 0, null]],
  ['dcgm-data-source', 'useNodeAddress', ['true', 1, null]],
  ['multicluster-metrics-extractor', 'kvCacheUtilizationMetric', ['1bad', 'a b', 5, null]],
  ['multicluster-metrics-extractor', 'queueSizeMetric', ['x{', 5, null]],
  ...['metrics-data-source', 'models-data-source', 'dcgm-data-source', 'multicluster-metrics-data-source'].flatMap(
    (type) => [
      [type, 'scheme', ['ftp', 'HTTP', 5, null]] as const,
      [type, 'path', [5, null]] as const,
      [type, 'port', [0, -1, 65_536, 80.5, '80', 1e300, null]] as const,
      [type, 'insecureSkipVerify', ['true', 0, null]] as const,
      [type, 'caCertPath', [5, null]] as const,
      [type, 'clientCertPath', [5, null]] as const,
      [type, 'clientKeyPath', [5, null]] as const,
      [type, 'interval', ['x', '50', '-1s', '', '1s 2', 50, null]] as const,
      [type, 'idleInterval', ['soon', '-50ms', 50, null]] as const,
    ],
  ),
  ['core-metrics-extractor', 'engineLabelKey', [5, null]],
  ['core-metrics-extractor', 'defaultEngine', ['unheard-of', 5, null]],
  [
    'core-metrics-extractor',
    'engineConfigs',
    [
      'vllm',
      {},
      null,
      [{}],
      [{ name: '' }],
      [{ name: 'default' }],
      [{ name: 'a', unknownSpec: 'x' }],
      [{ name: 'a', queuedRequestsSpec: '1bad' }],
      [{ name: 'a', runningRequestsSpec: 'x{' }],
      [{ name: 'a', kvUsageSpec: 'x{a}' }],
      [{ name: 'a', kvUsageSpec: 'x{a=b}c' }],
      [{ name: 'a', loraSpec: 5 }],
      [{ name: 'a', cacheInfoSpec: 'a b' }],
      [{ name: 'a', cacheBlockSizeLabelName: 5 }],
      [{ name: 'a', cacheNumBlocksSpec: '{a=b}' }],
      [{ name: 'a', customMetrics: [{ attributeKey: 'k' }] }],
      [{ name: 'a', customMetrics: [{ attributeKey: '', metricSpec: 'x' }] }],
      [{ name: 'a', customMetrics: [{ attributeKey: 'k', metricSpec: '' }] }],
    ],
  ],
];

const REQUIRED: Readonly<Record<string, object>> = {
  'utilization-filter': { conditions: [{ metric: 'waiting-queue', maxValue: 1 }] },
};

describe('parameters that are wrong', () => {
  const cases = wrong.flatMap(([type, parameter, values]) =>
    values.map((value) => [type, parameter, JSON.stringify(value) ?? String(value), value] as const),
  );
  it.each(cases)('%s refuses %s: %s', (type, parameter, _, value) => {
    const error = bind(type, { ...REQUIRED[type], [parameter]: value });
    expect(error?.message).toContain(`${type}: `);
    expect(error?.message).toContain(parameter);
  });

  it.each(loadPlugins.map(({ type }) => type).filter((type) => bind(type, { unknownKey: 1 }) !== undefined))(
    '%s names a parameter that it does not know',
    (type) => {
      expect(bind(type, { unknownKey: 1 })?.message).toContain('unknownKey');
    },
  );

  it('every parameter that is refused is in the list above', () => {
    const listed = new Set(wrong.map(([type, parameter]) => `${type} ${parameter}`));
    const all = loadPlugins.flatMap(({ type, params }) =>
      Object.keys((params as { shape?: object }).shape ?? {}).map((parameter) => `${type} ${parameter}`),
    );
    expect([...listed].sort()).toEqual(all.sort());
  });
});
