import {
  ConfigError,
  createCatalog,
  createConfiguredScheduler,
  type LoadedConfig,
  parseConfig,
  unbuiltTypes,
} from '@pointsman/config';
import { readDifferences } from '@pointsman/testkit/harness';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';
import {
  keptConfigurations,
  type LoadingCase,
  type RecordedFlowControl,
  sampleConfigurations,
} from './recorded-configurations.ts';

/** What the recordings leave out because it is the default. */
const DEFAULTS = {
  injectedPlugins: ['single-profile-handler', 'max-score-picker', 'metrics-data-source', 'core-metrics-extractor'],
  autoCreatedProducers: [],
  profileHandler: { name: 'single-profile-handler' },
  featureGates: { flowControl: false, haPopulateNonLeaderDatastore: true },
  sources: [{ source: 'metrics-data-source', extractors: ['core-metrics-extractor'] }],
  parsers: ['openai-parser', 'anthropic-parser', 'vllmhttp-parser', 'passthrough-parser'],
};

/**
 * Where ours is right on purpose. The reference adds a second metrics source beside one of another name; both would write
 * the same data. It takes a token producer of the older type for one whose data nobody can read, and makes another. For the
 * handler of stages it makes producers whose data nobody reads.
 */
const DIFFERENT: Readonly<Record<string, Partial<LoadingCase['expected']>>> = {
  s144: {
    injectedPlugins: ['single-profile-handler', 'max-score-picker'],
    dataLayer: { sources: [{ source: 'mds', extractors: ['cme'] }] },
  },
  s169: { autoCreatedProducers: ['approx-prefix-cache-producer'] },
  s156: { autoCreatedProducers: [] },
  s15: { autoCreatedProducers: ['token-producer'] },
  s73: { autoCreatedProducers: ['token-producer'] },
};

/** What the reference does without plugins: it checks a condition after the choice, has requests wait, or sheds them. */
const DONE_WITHIN = ['conditional-decode-filter', 'flow-control', 'sheddable-admitter'];

/** Added by the reference always, here by flow control: it says how full the pool is. */
const SATURATION_DETECTOR = 'utilization-detector';

/** Added by the reference always; rules that flow control keeps here. */
const POLICIES = ['fcfs-ordering-policy', 'global-strict-fairness-policy', 'static-usage-limit-policy'];

const catalog = createCatalog(builtinPlugins);
const unbuilt = unbuiltTypes(catalog);
const NOT_BUILT = /known to llm-d but not built in this version \((.+?)\)/;

async function load({ yaml }: LoadingCase): Promise<LoadedConfig | ConfigError> {
  return parseConfig(yaml, { catalog }).catch((error: unknown) => {
    if (ConfigError.is(error)) return error;
    throw error;
  });
}

test('what is right on purpose is listed', () => {
  const listed = readDifferences('config-loading.jsonl', new URL('./golden/', import.meta.url));
  expect(Object.keys(DIFFERENT)).toEqual([...listed.keys()]);
});

describe.each([...keptConfigurations, ...sampleConfigurations])('$id, $source', (recorded) => {
  test(recorded.expected.ok ? 'loads as recorded, or names what is not built' : 'is refused', async () => {
    const loaded = await load(recorded);
    if (loaded instanceof ConfigError) {
      if (!recorded.expected.ok) return;
      expect(loaded.problems.filter(({ message }) => !NOT_BUILT.test(message))).toEqual([]);
      // However many types of it are missing: one capability would bring them all.
      const capabilities = new Set(loaded.problems.map(({ message }) => NOT_BUILT.exec(message)?.[1]));
      if (recorded.source.startsWith('repository')) expect([...capabilities]).toHaveLength(1);
      return;
    }
    expect(recorded.expected.ok).toBe(true);
    const expected = { ...recorded.expected, ...DIFFERENT[recorded.id] };
    const found = summary(loaded);
    expect(found.plugins).toEqual(expected.plugins);
    expect(found.injectedPlugins).toEqual(
      (expected.injectedPlugins ?? DEFAULTS.injectedPlugins).filter(
        (type) =>
          !unbuilt.has(type) && !type.endsWith('-parser') && type !== SATURATION_DETECTOR && !POLICIES.includes(type),
      ),
    );
    expect(found.autoCreatedProducers).toEqual([...(expected.autoCreatedProducers ?? [])].toSorted());
    expect(found.profiles).toEqual(
      // Profiles that were made up have no order in the reference.
      recorded.yaml.includes('schedulingProfiles') ? expected.profiles : expected.profiles?.map(sortedProfile),
    );
    expect(found.profileHandler).toBe((expected.profileHandler ?? DEFAULTS.profileHandler).name);
    expect(loaded.featureGates).toEqual(expected.featureGates ?? DEFAULTS.featureGates);
    expect(found.sources).toEqual(expected.dataLayer?.sources ?? DEFAULTS.sources);
    expect(found.parsers).toEqual(expected.parsers ?? DEFAULTS.parsers);
    if (expected.flowControl !== undefined) expect(found.flowControl).toEqual(withTypes(expected.flowControl, loaded));

    function sortedProfile(profile: NonNullable<LoadingCase['expected']['profiles']>[number]) {
      const order = new Map(found.plugins.map((name, index) => [name, index]));
      const at = (name: string) => order.get(name) ?? 0;
      return {
        ...profile,
        filters: profile.filters.toSorted((a, b) => at(a) - at(b)),
        scorers: profile.scorers.toSorted((a, b) => at(a.name) - at(b.name)),
      };
    }
  });

  test('is built by the engine when it loads', async () => {
    const loaded = await load(recorded);
    if (loaded instanceof ConfigError || loaded.endpointFiles.length > 0) return;
    const configured = await createConfiguredScheduler({ catalog, text: recorded.yaml });
    await configured.close();
  });
});

test('most of what was recorded can be compared', async () => {
  const outcomes = await Promise.all(keptConfigurations.filter(({ expected }) => expected.ok).map(load));
  expect(outcomes.filter((outcome) => !(outcome instanceof ConfigError)).length).toBeGreaterThan(30);
});

interface Effective {
  readonly pools: {
    readonly default: {
      readonly plugins: readonly { readonly name: string; readonly origin: string }[];
      readonly profileHandler: string;
      readonly dataLayer: {
        readonly sources: readonly {
          readonly pluginRef: string;
          readonly extractors: readonly { readonly pluginRef: string }[];
        }[];
      };
    };
  };
  readonly requestHandler: { readonly parsers: readonly { readonly pluginRef: string }[] };
}

/** What was loaded, in the form of the recordings. */
function summary(loaded: LoadedConfig) {
  const effective = loaded.effective as unknown as Effective;
  const pool = effective.pools.default;
  const named = (origin: string) => pool.plugins.filter((plugin) => plugin.origin === origin).map(({ name }) => name);
  return {
    plugins: named('declared'),
    injectedPlugins: named('injected').filter((name) => ![...DONE_WITHIN, SATURATION_DETECTOR].includes(name)),
    autoCreatedProducers: named('auto-created').toSorted(),
    profiles: Object.entries(loaded.pools.default?.profiles ?? {}).map(([name, profile]) => ({
      name,
      filters: (profile.filters ?? []).map((use) => use.name).filter((filter) => !DONE_WITHIN.includes(filter)),
      scorers: (profile.scorers ?? []).map((scorer) =>
        'definition' in scorer ? { name: scorer.name, weight: 1 } : { name: scorer[0].name, weight: scorer[1] },
      ),
      picker: profile.picker.name,
    })),
    profileHandler: pool.profileHandler,
    sources: pool.dataLayer.sources.map(({ pluginRef, extractors }) => ({
      source: pluginRef,
      extractors: extractors.map((extractor) => extractor.pluginRef),
    })),
    parsers: effective.requestHandler.parsers.map(({ pluginRef }) => pluginRef),
    flowControl: flowControlOf(loaded),
  };
}

type Band = RecordedFlowControl['defaultPriorityBand'];

/** The parameters of flow control, in the form of the recordings. */
function flowControlOf(loaded: LoadedConfig): unknown {
  const use = loaded.pools.default?.plugins?.find(({ name }) => name === 'flow-control');
  if (use === undefined) return undefined;
  const {
    bands,
    defaultBand,
    eviction,
    maxBytes,
    maxRequests,
    negativeBand,
    noEndpointTtlMs,
    requestTtlMs,
    usageLimit,
  } = use.params as FlowControlParams;
  return {
    defaultPriorityBand: { ...defaultBand, priority: 0 },
    defaultNegativePriorityBand: negativeBand === undefined ? null : { ...negativeBand, priority: 0 },
    // The band of priority 0 is there without being named.
    priorityBands: bands.some(({ priority }) => priority === 0) ? bands : [...bands, { ...defaultBand, priority: 0 }],
    defaultRequestTTLms: requestTtlMs,
    noEndpointRequestTTLms: noEndpointTtlMs ?? requestTtlMs,
    maxBytes,
    maxRequests,
    enableEviction: eviction !== undefined,
    usageLimitPolicy: usageLimit.type,
  };
}

interface FlowControlParams {
  readonly bands: readonly Band[];
  readonly defaultBand: Omit<Band, 'priority'>;
  readonly negativeBand?: Omit<Band, 'priority'>;
  readonly requestTtlMs: number;
  readonly noEndpointTtlMs?: number;
  readonly maxBytes: number;
  readonly maxRequests: number;
  readonly usageLimit: { readonly type: string };
  readonly eviction?: unknown;
}

/** A recording with the types of the policies that it names. */
function withTypes(recorded: RecordedFlowControl, { pools }: LoadedConfig): RecordedFlowControl {
  const typeOf = (name: string) => pools.default?.plugins?.find((use) => use.name === name)?.definition.type ?? name;
  const typed = (band: Band) => ({ ...band, fairness: typeOf(band.fairness), ordering: typeOf(band.ordering) });
  const negative = recorded.defaultNegativePriorityBand;
  return {
    ...recorded,
    defaultPriorityBand: typed(recorded.defaultPriorityBand),
    defaultNegativePriorityBand: negative && typed(negative),
    priorityBands: recorded.priorityBands.map(typed),
    usageLimitPolicy: typeOf(recorded.usageLimitPolicy),
  };
}
