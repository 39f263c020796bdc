import {
  createScheduler,
  defineFetcher,
  definePlugin,
  type Endpoint,
  optional,
  type PluginUse,
  PointsmanError,
  peerEndpoint,
  prefixMatch,
  tokenizedPrompt,
  usePlugin,
} from '@pointsman/core';
import { type RecordedEndpoint, type RecordedRequest, readGolden } from '@pointsman/testkit/harness';
import {
  candidateDataOf,
  endpointDataOf,
  endpointSpecOf,
  requestDataOf,
  requestInputOf,
} from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';

interface Case {
  readonly id: string;
  readonly profileHandler: string;
  readonly extraPlugins: readonly { readonly type: string; readonly name?: string; readonly parameters?: unknown }[];
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request: RecordedRequest;
  readonly profiles: Readonly<Record<string, 'decode' | 'prefill' | 'encode'>>;
  /** Of the decode and prefill stages; one endpoint by default. */
  readonly picker?: 'max-score-picker' | 'top2';
  readonly expected: {
    readonly constructionError?: string;
    readonly error?: object;
    readonly primaryProfile?: string;
    readonly profilesRun?: readonly string[];
    readonly requestHeadersAfter?: Readonly<Record<string, string>>;
    readonly targets?: Readonly<Record<string, readonly string[]>>;
    readonly peerEndpoint?: string;
  };
}

function bind(type: string, params: unknown, name = type): PluginUse {
  const definition = catalogue.get(type)!;
  return usePlugin(definition, definition.params.parse(params ?? {}), name);
}

/** In place of the producers: what they would write is recorded. */
const recordedData = defineFetcher({
  type: 'recorded-data',
  writes: [tokenizedPrompt, prefixMatch()],
  create: () => ({ prepare() {} }),
});

const addressed = ({ id, hostPort }: Endpoint) => `${id} ${hostPort}`;

describe.each(['other-profile-handlers.jsonl', 'disagg-profile-handler.jsonl'])('%s', (file) => {
  const cases = readGolden<Case>(file, new URL('./golden/', import.meta.url));

  it.each(cases.map((recorded) => [`${recorded.profileHandler} ${recorded.id}`, recorded] as const))(
    '%s',
    async (_, recorded) => {
      const { expected, profileHandler: type } = recorded;
      const others = recorded.extraPlugins.filter((plugin) => plugin.type !== type);
      const parameters = recorded.extraPlugins.find((plugin) => plugin.type === type)?.parameters;
      if (expected.constructionError !== undefined) {
        expect(catalogue.get(type)!.params.safeParse(parameters).success).toBe(false);
        return;
      }
      const queue = bind('queue-scorer', {});
      const one = bind('max-score-picker', {});
      const two = bind('max-score-picker', { maxNumOfEndpoints: 2 }, 'top2');
      const picker = recorded.picker === 'top2' ? two : one;
      const stages = Object.entries(recorded.profiles).map(([name, stage]) => {
        const filters = [bind(`${stage}-filter`, {}, `${name}-roles`)];
        return [name, { filters, scorers: [queue], picker: stage === 'encode' ? two : picker }] as const;
      });
      let peer: Endpoint | undefined;
      const peerSpy = definePlugin({
        type: 'peer-spy',
        reads: [optional(peerEndpoint)],
        create: () => ({
          postChoice(cycle) {
            peer = cycle.get(peerEndpoint);
          },
        }),
      });
      await using scheduler = createScheduler({
        endpoints: recorded.endpoints.map(endpointSpecOf),
        plugins: [
          bind('metrics-data-source', {}),
          bind('core-metrics-extractor', {}),
          recordedData(),
          peerSpy(),
          ...others.map((plugin) => bind(plugin.type, plugin.parameters, plugin.name)),
        ],
        profiles: Object.fromEntries(stages),
        profileHandler: bind(type, parameters),
      });
      const pool = scheduler.pools.get('default')!;
      for (const endpoint of recorded.endpoints) {
        for (const { key, value } of endpointDataOf(endpoint)) pool.setData(endpoint.id, key, value);
      }
      const scheduled = scheduler.schedule(requestInputOf(recorded.request), {
        given: [...requestDataOf(recorded.request), ...recorded.endpoints.flatMap(candidateDataOf)],
      });
      if (expected.error !== undefined) {
        await expect(scheduled).rejects.toSatisfy((error) => PointsmanError.is(error, 'ALL_FILTERED'));
        return;
      }
      const { decision } = await scheduled;
      expect(decision.primaryProfile).toBe(expected.primaryProfile);
      expect(decision.results.map(({ profile }) => profile)).toEqual(expected.profilesRun!.filter(hasTargets));
      expect(after(recorded.request.headers, decision.headers)).toEqual(expected.requestHeadersAfter);
      const targets = decision.results.map(({ profile, picked }) => {
        // What a profile found has its own port; another one shows in the decision only.
        const chosen = profile === decision.primaryProfile ? [decision.target, ...decision.fallbacks] : picked;
        return [profile, chosen.map(addressed)] as const;
      });
      expect(Object.fromEntries(targets)).toEqual(expected.targets);
      expect(peer?.id).toBe(expected.peerEndpoint);
      expect(decision.explain().faults).toEqual([]);

      /** A profile that found nobody has no result here. */
      function hasTargets(profile: string): boolean {
        return expected.targets![profile] !== undefined;
      }
    },
  );
});

/** Headers of the request once the decision's are set; an empty text removes one. */
function after(headers: RecordedRequest['headers'], decided: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries({ ...headers, ...decided }).filter(([name]) => decided[name] !== ''));
}
