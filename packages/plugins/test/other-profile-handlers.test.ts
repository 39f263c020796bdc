import { createScheduler, type Endpoint, type PluginUse, PointsmanError, usePlugin } from '@pointsman/core';
import { type RecordedEndpoint, type RecordedRequest, readGolden } from '@pointsman/testkit/harness';
import { endpointDataOf, endpointSpecOf, requestInputOf } from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { NOT_BUILT } from './not-built.ts';

interface Case {
  readonly id: string;
  readonly profileHandler: string;
  readonly extraPlugins: readonly { readonly type: string; readonly parameters?: unknown }[];
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request: RecordedRequest;
  readonly profiles: Readonly<Record<string, 'decode' | 'prefill'>>;
  readonly picker: 'max-score-picker' | 'top2';
  readonly expected: {
    readonly constructionError?: string;
    readonly error?: object;
    readonly primaryProfile?: string;
    readonly profilesRun?: readonly string[];
    readonly requestHeadersAfter?: Readonly<Record<string, string>>;
    readonly targets?: Readonly<Record<string, readonly string[]>>;
  };
}

/** Roles that a stage takes, as the reference's role filters do. */
const ROLES = {
  decode: {
    validValues: ['decode', 'prefill-decode', 'both', 'encode-prefill-decode'],
    allowsNoLabel: true,
  },
  prefill: {
    validValues: ['prefill', 'encode-prefill', 'prefill-decode', 'both', 'encode-prefill-decode'],
    allowsNoLabel: false,
  },
};

function bind(type: string, params: unknown, name = type): PluginUse {
  const definition = catalogue.get(type)!;
  return usePlugin(definition, definition.params.parse(params ?? {}), name);
}

describe('other-profile-handlers.jsonl', () => {
  const cases = readGolden<Case>('other-profile-handlers.jsonl', new URL('./golden/', import.meta.url));
  const isBuilt = ({ profileHandler, extraPlugins }: Case) =>
    [profileHandler, ...extraPlugins.map(({ type }) => type)].every((type) => catalogue.has(type));

  it('skips no type that is not named as not built', () => {
    const skipped = new Set(cases.filter((recorded) => !isBuilt(recorded)).map(({ profileHandler }) => profileHandler));
    expect([...skipped].filter((type) => !NOT_BUILT.includes(type))).toEqual([]);
  });

  it.each(cases.filter(isBuilt).map((recorded) => [`${recorded.profileHandler} ${recorded.id}`, recorded] as const))(
    '%s',
    async (_, recorded) => {
      const { expected, profileHandler: type } = recorded;
      const parameters = recorded.extraPlugins.find((plugin) => plugin.type === type)?.parameters;
      if (expected.constructionError !== undefined) {
        expect(catalogue.get(type)!.params.safeParse(parameters).success).toBe(false);
        return;
      }
      const queue = bind('queue-scorer', {});
      const picker = bind('max-score-picker', { maxNumOfEndpoints: recorded.picker === 'top2' ? 2 : 1 });
      const stages = Object.entries(recorded.profiles).map(([name, stage]) => {
        const roles = bind('by-label', { label: 'llm-d.ai/role', ...ROLES[stage] }, `${name}-roles`);
        return [name, { filters: [roles], scorers: [queue], picker }] as const;
      });
      await using scheduler = createScheduler({
        endpoints: recorded.endpoints.map(endpointSpecOf),
        plugins: [bind('metrics-data-source', {}), bind('core-metrics-extractor', {})],
        profiles: Object.fromEntries(stages),
        profileHandler: bind(type, parameters),
      });
      const pool = scheduler.pools.get('default')!;
      for (const endpoint of recorded.endpoints) {
        for (const { key, value } of endpointDataOf(endpoint)) pool.setData(endpoint.id, key, value);
      }
      const scheduled = scheduler.schedule(requestInputOf(recorded.request));
      if (expected.error !== undefined) {
        await expect(scheduled).rejects.toSatisfy((error) => PointsmanError.is(error, 'ALL_FILTERED'));
        return;
      }
      const { decision } = await scheduled;
      expect(decision.primaryProfile).toBe(expected.primaryProfile);
      expect(decision.results.map(({ profile }) => profile)).toEqual(expected.profilesRun);
      expect({ ...recorded.request.headers, ...decision.headers }).toEqual(expected.requestHeadersAfter);
      const addressed = ({ id, hostPort }: Endpoint) => `${id} ${hostPort}`;
      // What the profile of ranks behind one port found is the ranks; the port shows in the decision only.
      if (type !== 'data-parallel-profile-handler') {
        const targets = decision.results.map(({ profile, picked }) => [profile, picked.map(addressed)]);
        expect(Object.fromEntries(targets)).toEqual(expected.targets);
      }
      expect([decision.target, ...decision.fallbacks].map(addressed)).toEqual(
        expected.targets![decision.primaryProfile],
      );
    },
  );
});
