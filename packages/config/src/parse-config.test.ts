import type { PointsmanError } from '@pointsman/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { toyCatalog } from '../test/toy-plugins.ts';
import { parseConfig } from './parse-config.ts';
import { ConfigError } from './problems/config-error.ts';
import { formatProblem } from './problems/config-problem.ts';

const read = (text: string) => parseConfig(text, { catalog: toyCatalog, file: 'toy.yaml' });

async function problemsOf(text: string): Promise<readonly string[]> {
  try {
    await read(text);
  } catch (error) {
    expect(ConfigError.is(error)).toBe(true);
    return (error as ConfigError).problems.map(formatProblem);
  }
  throw new Error('it was accepted');
}

const warningsOf = async (text: string) => (await read(text)).warnings.map(formatProblem);

describe('what is refused, each at its place', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a list', '- a', 'toy.yaml:1:1: expected a map, received a list'],
    ['a text', 'just words', 'toy.yaml:1:1: expected a map, received text "just words"'],
    [
      'another kind',
      'kind: Deployment',
      'toy.yaml:1:7 kind: expected "EndpointPickerConfig", received text "Deployment"',
    ],
    [
      'another group',
      'apiVersion: llm-d.ai/v1alpha2',
      'toy.yaml:1:13 apiVersion: expected one of "llm-d.ai/v1alpha1", "inference.networking.x-k8s.io/v1alpha1", ' +
        'received text "llm-d.ai/v1alpha2". Did you mean "llm-d.ai/v1alpha1"?',
    ],
    ['an unknown key', 'plugin: []', 'toy.yaml:1:1 plugin: unknown key "plugin". Did you mean "plugins"?'],
    ['no list of plugins', 'plugins: 3', 'toy.yaml:1:10 plugins: expected a list'],
    [
      'an entry that is a text',
      'plugins:\n- flat-scorer',
      'toy.yaml:2:3 plugins[0]: expected a map, received text "flat-scorer"',
    ],
    ['an empty entry', 'plugins:\n-\n', 'toy.yaml:2:2 plugins[0]: the entry is empty'],
    ['a plugin without a type', 'plugins:\n- name: x', 'toy.yaml:2:3 plugins[0].type: is missing'],
    [
      'an unknown type',
      'plugins:\n- type: flat-scorrer',
      'toy.yaml:2:9 plugins[0].type: unknown plugin type "flat-scorrer". Did you mean "flat-scorer"?',
    ],
    [
      'a type that resembles nothing',
      'plugins:\n- type: zzz',
      'toy.yaml:2:9 plugins[0].type: unknown plugin type "zzz". Name the package that brings it under `imports`.',
    ],
    [
      'a type of llm-d that is not built',
      'plugins:\n- type: disagg-profile-handler',
      'toy.yaml:2:9 plugins[0].type: type "disagg-profile-handler" is known to llm-d but not built in this version ' +
        '(prefill/decode disaggregation)',
    ],
    [
      'a misspelt type of llm-d',
      'plugins:\n- type: precise-prefix-cache-scorrer',
      'toy.yaml:2:9 plugins[0].type: unknown plugin type "precise-prefix-cache-scorrer". ' +
        'Did you mean "precise-prefix-cache-scorer"?',
    ],
    [
      'an unknown parameter',
      'plugins:\n- type: flat-scorer\n  parameters:\n    scores: 1',
      'toy.yaml:4:5 plugins[0].parameters.scores: unknown parameter of "flat-scorer": "scores". Did you mean "score"?',
    ],
    [
      'an unknown parameter further in',
      'plugins:\n- type: flat-scorer\n  parameters: { nested: { maxage2: 1 } }',
      'toy.yaml:3:27 plugins[0].parameters.nested.maxage2: unknown parameter of "flat-scorer": "maxage2". Did you mean "maxAge"?',
    ],
    [
      'a parameter of the wrong type',
      'plugins:\n- type: flat-scorer\n  parameters: { score: high }',
      'toy.yaml:3:24 plugins[0].parameters.score: expected a number, received text "high"',
    ],
    [
      'a parameter out of range',
      'plugins:\n- type: flat-scorer\n  parameters: { score: 2 }',
      'toy.yaml:3:24 plugins[0].parameters.score: expected at most 1, received 2',
    ],
    [
      'a misspelt choice',
      'plugins:\n- type: flat-scorer\n  parameters: { mode: fanci }',
      'toy.yaml:3:23 plugins[0].parameters.mode: expected one of "plain", "fancy", received text "fanci". Did you mean "fancy"?',
    ],
    [
      'parameters that are a list',
      'plugins:\n- type: flat-scorer\n  parameters: [1]',
      'toy.yaml:3:15 plugins[0].parameters: parameters are a map of names and values',
    ],
    [
      'two plugins of one name',
      'plugins:\n- type: flat-scorer\n- type: loose-scorer\n  name: flat-scorer',
      'toy.yaml:4:9 plugins[1].name: two plugins are named "flat-scorer". Give one of them another `name`.',
    ],
    [
      'a reference to nothing',
      'plugins:\n- type: flat-scorer\nschedulingProfiles:\n- name: p\n  plugins:\n  - pluginRef: flat-scorr',
      'toy.yaml:6:16 schedulingProfiles[0].plugins[0].pluginRef: no plugin is named "flat-scorr". Did you mean "flat-scorer"?',
    ],
    [
      'an entry of a profile without a reference',
      'schedulingProfiles:\n- name: p\n  plugins:\n  - weight: 2',
      'toy.yaml:4:5 schedulingProfiles[0].plugins[0].pluginRef: is missing',
    ],
    [
      'a profile without a name',
      'schedulingProfiles:\n- plugins: []',
      'toy.yaml:2:3 schedulingProfiles[0].name: is missing',
    ],
    [
      'two profiles of one name',
      'plugins:\n- type: every-profile-handler\nschedulingProfiles:\n- name: p\n- name: p',
      'toy.yaml:5:9 schedulingProfiles[1].name: two profiles are named "p". Give one of them another name.',
    ],
    [
      'a weight that is no number',
      'plugins:\n- type: flat-scorer\nschedulingProfiles:\n- name: p\n  plugins:\n  - pluginRef: flat-scorer\n    weight: heavy',
      'toy.yaml:7:13 schedulingProfiles[0].plugins[0].weight: expected a number, received text "heavy"',
    ],
    [
      'an infinite weight',
      'plugins:\n- type: flat-scorer\nschedulingProfiles:\n- name: p\n  plugins:\n  - pluginRef: flat-scorer\n    weight: .inf',
      'toy.yaml:7:13 schedulingProfiles[0].plugins[0].weight: expected a number, received Infinity',
    ],
    [
      'two pickers in a profile',
      'plugins:\n- type: first-picker\n- type: max-score-picker',
      'toy.yaml:3:3 plugins[1]: profile "default" has two pickers, "first-picker" and "max-score-picker". Leave one of them out.',
    ],
    [
      'two profile handlers',
      'plugins:\n- type: single-profile-handler\n- type: every-profile-handler',
      'toy.yaml:3:3 plugins[1]: there are two profile handlers, "single-profile-handler" and "every-profile-handler". ' +
        'Leave one of them out.',
    ],
    [
      'several profiles without a handler',
      'schedulingProfiles:\n- name: p\n- name: q',
      'toy.yaml:2:1 schedulingProfiles: 2 profiles need a profile handler. Declare the plugin that decides which of them run.',
    ],
    [
      'several profiles for a handler of one',
      'plugins:\n- type: single-profile-handler\nschedulingProfiles:\n- name: p\n- name: q',
      'toy.yaml:2:3 plugins[0]: "single-profile-handler" runs one profile, but there are 2. Use a profile handler that knows several.',
    ],
    [
      'data that nobody writes',
      'plugins:\n- type: flat-scorer\n- type: lost-scorer',
      'toy.yaml:3:3 plugins[1]: "lost-scorer" reads Nothing/nowhere, which no plugin writes. ' +
        'Add a plugin that writes it, such as "nowhere".',
    ],
    [
      'a source that is none',
      'plugins:\n- type: flat-scorer\ndataLayer:\n  sources:\n  - pluginRef: flat-scorer',
      'toy.yaml:5:16 dataLayer.sources[0].pluginRef: "flat-scorer" is no data source',
    ],
    [
      'a source that is listed twice',
      'plugins:\n- type: word-producer\ndataLayer:\n  sources:\n  - pluginRef: word-producer\n  - pluginRef: word-producer',
      'toy.yaml:6:16 dataLayer.sources[1].pluginRef: "word-producer" is listed as a source twice. List all of its extractors in one entry.',
    ],
    [
      'an extractor that is none',
      'plugins:\n- type: word-producer\ndataLayer:\n  sources:\n  - pluginRef: word-producer\n    extractors: [{ pluginRef: word-producer }]',
      'toy.yaml:6:31 dataLayer.sources[0].extractors[0].pluginRef: "word-producer" is no extractor',
    ],
    [
      'discovery by what discovers nothing',
      'plugins:\n- type: flat-scorer\ndataLayer:\n  discovery: { pluginRef: flat-scorer }',
      'toy.yaml:4:27 dataLayer.discovery.pluginRef: "flat-scorer" finds no endpoints. Point at a plugin of the type file-discovery.',
    ],
    [
      'endpoints from two places',
      'plugins:\n- { type: file-discovery, parameters: { path: e.yaml } }\ndataLayer:\n  discovery: { pluginRef: file-discovery }\nendpoints: []',
      'toy.yaml:5:1 endpoints: endpoints come from one place: `endpoints` or `dataLayer.discovery`',
    ],
    [
      'state shared between replicas',
      'dataLayer:\n  crossReplicaSyncerPluginRef: x',
      'toy.yaml:2:32 dataLayer.crossReplicaSyncerPluginRef: state shared between replicas is known to llm-d but not built in this version (cross-replica state)',
    ],
    [
      'an unknown feature gate',
      'featureGates: [flowcontrol]',
      'toy.yaml:1:16 featureGates[0]: unknown feature gate "flowcontrol". Did you mean "flowControl"?',
    ],
    [
      'a gate that is neither on nor off',
      'featureGates: [haPopulateNonLeaderDatastore=maybe]',
      'toy.yaml:1:16 featureGates[0]: "maybe" is no value for the feature gate "haPopulateNonLeaderDatastore"',
    ],
    [
      'flow control where no plugin brings it',
      'featureGates: [flowControl]',
      'toy.yaml:1:15 featureGates: flow control is not there. ' +
        'Name the package that brings the plugin "flow-control" under `imports`.',
    ],
    [
      'a negative limit, even where it has no effect',
      'flowControl:\n  maxRequests: -1',
      'toy.yaml:2:16 flowControl.maxRequests: expected at least 0, received -1',
    ],
    [
      'a duration that is none',
      'flowControl: { defaultRequestTTL: soon }',
      'toy.yaml:1:35 flowControl.defaultRequestTTL: expected a duration such as 300ms or 1m30s',
    ],
    [
      'a saturation detector that is not built',
      'saturationDetector: { pluginRef: utilization-detector }',
      'toy.yaml:1:34 saturationDetector.pluginRef: type "utilization-detector" is known to llm-d but not built in this version (flow control)',
    ],
    [
      'a saturation detector that nobody declares',
      'flowControl:\n  saturationDetector: { pluginRef: flat-scorer }',
      'toy.yaml:2:36 flowControl.saturationDetector.pluginRef: no plugin is named "flat-scorer". Declare it under `plugins`.',
    ],
    [
      'an unknown parser',
      'requestHandler:\n  parsers: [{ pluginRef: openai-parsr }]',
      'toy.yaml:2:26 requestHandler.parsers[0].pluginRef: unknown parser "openai-parsr". Did you mean "openai-parser"?',
    ],
    [
      'a parser that is not built',
      'requestHandler:\n  parsers: [{ pluginRef: k8s-notification-source }]',
      'toy.yaml:2:26 requestHandler.parsers[0].pluginRef: type "k8s-notification-source" is known to llm-d but not built in this version (Kubernetes)',
    ],
    [
      'a parser that is none',
      'plugins:\n- type: flat-scorer\nrequestHandler:\n  parsers: [{ pluginRef: flat-scorer }]',
      'toy.yaml:4:26 requestHandler.parsers[0].pluginRef: "flat-scorer" is no parser',
    ],
    ['objectives as a map', 'objectives: { a: 1 }', 'toy.yaml:1:13 objectives: expected a list'],
    [
      'an objective whose priority is no whole number',
      'objectives: [{ name: a, priority: 1.5 }]',
      'toy.yaml:1:35 objectives[0].priority: expected a whole number, received 1.5',
    ],
    ['an objective without a name', 'objectives: [{ priority: 1 }]', 'toy.yaml:1:14 objectives[0].name: is missing'],
    [
      'an objective that is there twice',
      'objectives: [{ name: a }, { name: a }]',
      'toy.yaml:1:35 objectives[1].name: two objectives are named "a". Leave one of them out.',
    ],
    [
      'a wrong value in a section that may also be false',
      'gateway:\n  retry: { attempts: many }',
      'toy.yaml:2:22 gateway.retry.attempts: expected a number, received text "many"',
    ],
    [
      'a section that is neither false nor a map',
      'admin: yes please',
      'toy.yaml:1:8 admin: expected false, received text "yes please"',
    ],
    ['no pools', 'pools: {}', 'toy.yaml:1:8 pools: expected a map of pools by name'],
    [
      'pools beside a pool',
      'pools:\n  a: {}\nplugins: []',
      'toy.yaml:3:1 plugins: "plugins" stands in each of `pools`, or at the top when there is only one pool',
    ],
    [
      'an unknown key in a pool',
      'pools:\n  a:\n    plugin: []',
      'toy.yaml:3:5 pools.a.plugin: unknown key "plugin". Did you mean "plugins"?',
    ],
    [
      'an endpoint that is no URL',
      'endpoints: ["10.0.0.1"]',
      'toy.yaml:1:13 endpoints[0]: expected a URL such as http://10.0.0.1:8000',
    ],
    [
      'an endpoint with a path',
      'endpoints: ["http://a.example:1/v1"]',
      'toy.yaml:1:13 endpoints[0]: expected a URL such as http://10.0.0.1:8000',
    ],
    ['an endpoint without a port', 'endpoints:\n- address: 10.0.0.1', 'toy.yaml:2:3 endpoints[0].port: is missing'],
    [
      'an endpoint at no address',
      'endpoints:\n- { address: 10.0.0.256, port: 1 }',
      'toy.yaml:2:14 endpoints[0].address: expected a host name or an IP address',
    ],
    [
      'a port out of range',
      'endpoints:\n- { address: a.example, port: 70000 }',
      'toy.yaml:2:31 endpoints[0].port: expected a port in 1..65535',
    ],
    [
      'an endpoint that is there twice',
      'endpoints: ["http://a.example:1", "http://a.example:1"]',
      'toy.yaml:1:35 endpoints[1]: the endpoint "default/a.example:1" is there twice',
    ],
    [
      'an unknown key of the gateway',
      'gateway: { prt: 1 }',
      'toy.yaml:1:12 gateway.prt: unknown key "prt". Did you mean "port"?',
    ],
    ['a port of the gateway', 'gateway: { port: -1 }', 'toy.yaml:1:18 gateway.port: expected at least 0, received -1'],
    [
      'a retry that is neither off nor described',
      'gateway: { retry: { attempt: 1 } }',
      'toy.yaml:1:21 gateway.retry.attempt: unknown key "attempt". Did you mean "attempts"?',
    ],
    [
      'a token from a variable that is not set',
      'admin: { token: { env: POINTSMAN_NO_SUCH_TOKEN } }',
      'toy.yaml:1:24 admin.token.env: the environment variable POINTSMAN_NO_SUCH_TOKEN is not set',
    ],
    ['an empty seed', 'seed: ""', 'toy.yaml:1:7 seed: expected text of at least 1 characters, received text ""'],
    [
      'no recent decisions',
      'recent: { decisions: 0 }',
      'toy.yaml:1:22 recent.decisions: expected at least 1, received 0',
    ],
  ];
  test.each(cases)('%s', async (_name, text, expected) => {
    expect(await problemsOf(text)).toEqual([expected]);
  });
});

test('all errors are said at once, in the order of the file', async () => {
  const problems = await problemsOf(`kind: Nonsense
plugins:
- type: flat-scorer
  parameters: { score: high, modus: 1 }
- type: nobody-knows-this
schedulingProfiles:
- name: p
  plugins:
  - pluginRef: nobody-knows-this
  - pluginRef: missing
gateway:
  port: many
surprise: 1
`);
  expect(problems.map((line) => line.replace(/^toy\.yaml:(\d+):.*?: .*$/, '$1'))).toEqual([
    '1',
    '4',
    '4',
    '5',
    '10',
    '12',
    '13',
  ]);
});

test('the error says it all in its message, and carries the parts', async () => {
  const error = await read('plugins:\n- type: flat-scorer\n  parameters: { score: high }\n- name: x').catch(
    (e: unknown) => e,
  );
  expect(ConfigError.is(error)).toBe(true);
  const { code, message, problems } = error as ConfigError;
  expect(code).toBe('CONFIG_INVALID');
  expect(message).toContain('toy.yaml: 2 problems\ntoy.yaml:3:24 ');
  expect(problems[0]).toEqual({
    file: 'toy.yaml',
    line: 3,
    column: 24,
    path: 'plugins[0].parameters.score',
    message: 'expected a number, received text "high"',
    code: 'CONFIG_INVALID',
    expected: 'a number',
    received: 'text "high"',
  });
});

test('a single problem gives the error its code', async () => {
  const error = (await read('plugins:\n- type: lost-scorer').catch((e: unknown) => e)) as PointsmanError;
  expect(error.code).toBe('DATA_UNPRODUCED');
});

describe('what is odd but accepted', () => {
  const quiet = 'endpoints: ["http://a.example:1"]\n';
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'the older group',
      'apiVersion: inference.networking.x-k8s.io/v1alpha1',
      'toy.yaml:2:13 apiVersion: the group is deprecated; write llm-d.ai/v1alpha1',
    ],
    [
      'parameters of a plugin that ignores them',
      'plugins:\n- type: loose-scorer\n  parameters: { some: thing }',
      'toy.yaml:4:17 plugins[0].parameters.some: "loose-scorer" has no parameter "some", it is ignored',
    ],
    [
      'a plugin in a profile that has no part in it',
      'plugins:\n- type: counter\nschedulingProfiles:\n- name: p\n  plugins: [{ pluginRef: counter }]',
      'toy.yaml:6:26 schedulingProfiles[0].plugins[0].pluginRef: "counter" is no filter, scorer or picker: it has no effect in a profile',
    ],
    [
      'the weight of a filter',
      'plugins:\n- type: even-port-filter\nschedulingProfiles:\n- name: p\n  plugins: [{ pluginRef: even-port-filter, weight: 2 }]',
      'toy.yaml:6:26 schedulingProfiles[0].plugins[0].pluginRef: "even-port-filter" is no scorer: its weight has no effect',
    ],
    [
      'a scorer that no profile uses',
      'plugins:\n- type: flat-scorer\nschedulingProfiles:\n- name: p',
      'toy.yaml:3:3 plugins[0]: no profile uses the plugin "flat-scorer"',
    ],
    [
      'flow control without its gate',
      'flowControl: { maxBytes: 1Gi }',
      'toy.yaml:2:1 flowControl: the section has no effect: the feature gate flowControl is off',
    ],
    [
      'peers',
      'dataLayer:\n  peerDiscovery: { pluginRef: x }',
      'toy.yaml:3:3 dataLayer.peerDiscovery: peerDiscovery has no effect: replicas share no state in this version',
    ],
    [
      'the older key for a parser',
      'parser: { pluginRef: openai-parser }',
      'toy.yaml:2:1 parser: deprecated; write requestHandler.parsers',
    ],
    [
      'a parser behind a catch-all',
      'requestHandler:\n  parsers: [{ pluginRef: passthrough-parser }, { pluginRef: openai-parser }]',
      'toy.yaml:3:61 requestHandler.parsers[1].pluginRef: "openai-parser" is never used: the parser before it takes every path',
    ],
  ];
  test.each(cases)('%s', async (_name, text, expected) => {
    expect(await warningsOf(quiet + text)).toEqual([expected]);
  });

  test('a pool without endpoints', async () => {
    expect(await warningsOf('seed: s')).toEqual([
      'toy.yaml:1:1 endpoints: no endpoints are named: the pool is empty until something adds them. ' +
        'Add `endpoints:` with a list, or with a `file:`.',
    ]);
  });
});

describe('what comes out', () => {
  test('the pool is called what is wanted, unless the file names its pools', async () => {
    const namesOf = async (text: string, poolName?: string) =>
      Object.keys((await parseConfig(text, { catalog: toyCatalog, poolName })).pools);
    expect(await namesOf('plugins: []')).toEqual(['default']);
    expect(await namesOf('plugins: []', 'mine')).toEqual(['mine']);
    expect(await namesOf('pools: { a: {}, b: {} }', 'mine')).toEqual(['a', 'b']);
  });

  test('keys of parameters match in any case', async () => {
    const { effective } = await read(
      'plugins:\n- type: flat-scorer\n  parameters: { SCORE: 1, Nested: { MAXAGE: 3 } }',
    );
    expect(effective).toMatchObject({
      pools: { default: { plugins: [{ parameters: { score: 1, nested: { maxAge: 3 }, mode: 'plain' } }, {}, {}] } },
    });
  });

  test('a key without a value is no key', async () => {
    await read('plugins:\n- type: flat-scorer\n  name:\n  parameters:\nschedulingProfiles:\ngateway:\n');
  });

  test('an alias is a type, and names the instance', async () => {
    const { pools } = await read('plugins:\n- type: even-scorer');
    const [use] = pools.default?.plugins ?? [];
    expect([use?.name, use?.definition.type]).toEqual(['even-scorer', 'flat-scorer']);
  });

  test('weights may be zero and negative, and a scorer may be there twice', async () => {
    const { pools } = await read(
      'plugins:\n- type: flat-scorer\nschedulingProfiles:\n- name: p\n  plugins:\n' +
        '  - { pluginRef: flat-scorer, weight: 0 }\n  - { pluginRef: flat-scorer, weight: -2.5 }\n',
    );
    expect(pools.default?.profiles.p?.scorers?.map((scorer) => 'definition' in scorer || scorer[1])).toEqual([0, -2.5]);
  });

  test('missing producers are made, and what they read themselves', async () => {
    const { effective } = await read('plugins:\n- type: warm-scorer');
    expect(effective).toMatchObject({
      pools: {
        default: {
          plugins: [
            { name: 'warm-scorer', origin: 'declared' },
            { name: 'single-profile-handler', origin: 'injected' },
            { name: 'max-score-picker', origin: 'injected' },
            { name: 'warmth-producer', origin: 'auto-created' },
            { name: 'word-producer', origin: 'auto-created' },
          ],
        },
      },
    });
  });

  test('a profile without a picker gets the first that is declared', async () => {
    const { pools } = await read(
      'plugins:\n- type: first-picker\n- type: max-score-picker\nschedulingProfiles:\n- name: p\n  plugins: []\n',
    );
    expect(pools.default?.profiles.p?.picker.name).toBe('first-picker');
  });

  test('several pools', async () => {
    const { pools, effective } = await read(`pools:
  llama:
    plugins: [{ type: flat-scorer }]
    endpoints: ["http://a.example:1"]
  qwen:
    plugins: [{ type: warm-scorer }]
    endpoints: [{ address: "::1", port: "8000", labels: { gpu: 2, fast: true } }]
`);
    expect(Object.keys(pools)).toEqual(['llama', 'qwen']);
    expect(pools.qwen?.endpoints).toEqual([{ address: '::1', port: 8000, labels: { gpu: '2', fast: 'true' } }]);
    expect(effective).toMatchObject({ pools: { llama: { endpoints: [{ address: 'a.example', port: 1 }] } } });
  });

  test('objectives give priorities', async () => {
    const { priorityOf, effective } = await read(
      'objectives: [{ name: chat, priority: 10 }, { name: batch, priority: -5 }, { name: plain }]',
    );
    const named = (name: string) => priorityOf({ 'x-llm-d-inference-objective': name });
    expect(['chat', 'batch', 'plain', 'unheard-of', '', 'constructor'].map(named)).toEqual([10, -5, 0, 0, 0, 0]);
    expect(priorityOf({ 'x-gateway-inference-objective': 'chat' })).toBe(10);
    expect(priorityOf({})).toBe(0);
    expect(effective['objectives']).toEqual([
      { name: 'chat', priority: 10 },
      { name: 'batch', priority: -5 },
      { name: 'plain', priority: 0 },
    ]);
    expect((await read('seed: s')).priorityOf({ 'x-llm-d-inference-objective': 'chat' })).toBe(0);
  });

  test('listeners have defaults, admin on loopback', async () => {
    const { gateway, admin } = await read('seed: s');
    expect(gateway).toEqual({ port: 8080 });
    expect(admin).toEqual({ host: '127.0.0.1', port: 9090 });
    expect((await read('admin: false')).admin).toBe(false);
  });

  test('the admin listener may be reached under names', async () => {
    const { admin, effective } = await read('admin: { allowedHosts: [admin.internal, Pointsman] }');
    expect(admin).toEqual({ host: '127.0.0.1', port: 9090, allowedHosts: ['admin.internal', 'Pointsman'] });
    expect(effective).toMatchObject({ admin: { allowedHosts: ['admin.internal', 'Pointsman'] } });
  });

  test.each(['http://admin.internal', 'admin.internal:9090', '"*.internal"', '""', '[]', 'admin/'])(
    'an admin listener has no name %s',
    async (name) => {
      await expect(read(`admin:\n  allowedHosts: [a.example, ${name}]`)).rejects.toThrow(
        'toy.yaml:2:29 admin.allowedHosts[1]',
      );
    },
  );

  describe('the admin token', () => {
    afterEach(() => vi.unstubAllEnvs());

    test('comes from the file or the environment, and is not shown', async () => {
      vi.stubEnv('POINTSMAN_TEST_TOKEN', 'from-env');
      const fromEnv = await read('admin: { token: { env: POINTSMAN_TEST_TOKEN } }');
      expect(fromEnv.admin).toMatchObject({ token: 'from-env' });
      const fromFile = await read('admin: { token: from-file }');
      expect(fromFile.admin).toMatchObject({ token: 'from-file' });
      for (const { effective } of [fromEnv, fromFile]) {
        expect(JSON.stringify(effective)).not.toMatch(/from-(env|file)/);
        expect(effective).toMatchObject({ admin: { token: '(hidden)' } });
      }
    });
  });

  test('endpoints that are clusters come from a file whose labels say where their metrics are', async () => {
    const discover = (type: string) =>
      read(
        `plugins:\n- { type: ${type}, name: found, parameters: { path: /e.yaml, watchFile: true } }\ndataLayer:\n  discovery: { pluginRef: found }\n`,
      );
    expect((await discover('file-discovery')).endpointFiles).toEqual([{ path: '/e.yaml', watch: true }]);
    const { endpointFiles, effective } = await discover('multicluster-file-discovery');
    expect(endpointFiles).toEqual([{ path: '/e.yaml', watch: true, metricsFromLabels: true }]);
    expect(effective).toMatchObject({
      pools: { default: { endpoints: { file: '/e.yaml', watch: true, metricsFromLabels: true } } },
    });
  });

  test('parsers: the default list, or those that can be reached', async () => {
    expect((await read('seed: s')).parsers.map(({ type }) => type)).toEqual([
      'openai-parser',
      'anthropic-parser',
      'vllmhttp-parser',
      'passthrough-parser',
    ]);
    const { parsers, effective } = await read(
      'plugins:\n- { type: sglanghttp-parser, name: sg }\nrequestHandler:\n  parsers: [{ pluginRef: sg }, { pluginRef: passthrough-parser }]\n',
    );
    expect(parsers.map(({ type }) => type)).toEqual(['sglanghttp-parser', 'passthrough-parser']);
    expect(effective).toMatchObject({
      requestHandler: { parsers: [{ pluginRef: 'sg' }, { pluginRef: 'passthrough-parser' }] },
    });
  });
});
