import {
  createScheduler,
  type DataKey,
  defineFetcher,
  type GivenDatum,
  type PluginUse,
  PointsmanError,
  usePlugin,
  type WeightedScorer,
} from '@pointsman/core';
import {
  closeTo,
  type RecordedEndpoint,
  type RecordedRequest,
  readDifferences,
  readGolden,
} from '@pointsman/testkit/harness';
import {
  candidateDataOf,
  endpointDataOf,
  endpointSpecOf,
  requestDataOf,
  requestInputOf,
} from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { NOT_BUILT } from './not-built.ts';

interface Member {
  readonly type: string;
  readonly parameters?: unknown;
  readonly weight?: number;
}

interface Case {
  readonly id: string;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request: RecordedRequest;
  readonly profile: readonly Member[];
  readonly maxNumOfEndpoints: number;
  readonly expected: {
    readonly totals?: Readonly<Record<string, number | string>>;
    readonly winners?: readonly string[];
    readonly pickedCount?: number;
    readonly error?: { readonly code: string };
  };
}

const folder = new URL('./golden/', import.meta.url);
const cases = readGolden<Case>('scheduling-profiles.jsonl', folder);
const differences = readDifferences('scheduling-profiles.jsonl', folder);
const picker = 'max-score-picker';

function bind(type: string, params: unknown, name: string): PluginUse {
  const definition = catalogue.get(type)!;
  return usePlugin(definition, definition.params.parse(params ?? {}), name);
}

/** Filters and weighted scorers of a recorded profile: a member that is both takes part as both, as in configuration. */
function membersOf(profile: readonly Member[]) {
  const filters: PluginUse[] = [];
  const scorers: WeightedScorer[] = [];
  for (const [i, { type, parameters, weight = 1 }] of profile.entries()) {
    const use = bind(type, parameters, `${type}-${i}`);
    if (use.definition.kinds.includes('filter')) filters.push(use);
    if (use.definition.kinds.includes('scorer')) scorers.push([use, weight]);
  }
  return { filters, scorers };
}

/** Stands for everybody who would write what the plugins read and the recording gives. */
function writerOf(uses: readonly PluginUse[]): PluginUse {
  const keys = new Map<string, DataKey>();
  for (const { definition, params, name } of uses) {
    for (const key of definition.readsOf(params, name)) keys.set(key.id, key);
  }
  return defineFetcher({ type: 'recorded-data', writes: () => [...keys.values()], create: () => ({ prepare() {} }) })();
}

describe('scheduling-profiles.jsonl', () => {
  const missingOf = ({ profile }: Case) => profile.map(({ type }) => type).filter((type) => !catalogue.has(type));

  it('skips no type that is not named as not built', () => {
    expect(cases.flatMap(missingOf).filter((type) => !NOT_BUILT.includes(type))).toEqual([]);
  });

  const built = cases.filter((recorded) => missingOf(recorded).length === 0);
  it.each(built.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, request, expected } = recorded;
    const { filters, scorers } = membersOf(recorded.profile);
    const uses = [...filters, ...scorers.map((scorer) => ('definition' in scorer ? scorer : scorer[0]))];
    await using scheduler = createScheduler({
      endpoints: endpoints.map(endpointSpecOf),
      plugins: [writerOf(uses)],
      profiles: {
        default: { filters, scorers, picker: bind(picker, { maxNumOfEndpoints: recorded.maxNumOfEndpoints }, picker) },
      },
    });
    const pool = scheduler.pools.get('default')!;
    for (const endpoint of endpoints) {
      for (const { key, value } of endpointDataOf(endpoint)) pool.setData(endpoint.id, key, value);
    }
    const given: GivenDatum[] = [...endpoints.flatMap(candidateDataOf), ...requestDataOf(request)];
    const scheduled = scheduler.schedule(requestInputOf(request), { given });
    if (expected.error !== undefined) {
      expect(expected.error.code).toBe('ResourceExhausted');
      const code = endpoints.length === 0 ? 'NO_ENDPOINTS' : 'ALL_FILTERED';
      await expect(scheduled).rejects.toSatisfy((error) => PointsmanError.is(error, code));
      return;
    }
    const call = await scheduled;
    const [profile] = call.decision.explain().profiles;
    const totals = Object.fromEntries(profile!.candidates.map(({ endpoint, total }) => [endpoint, total]));
    const wanted = expected.totals!;
    const withoutNaN = Object.entries(wanted).filter(([, total]) => total !== 'NaN');
    expect(withoutNaN.length < Object.keys(wanted).length).toBe(differences.has(recorded.id));
    for (const [id, total] of withoutNaN)
      expect(closeTo(totals[id], total), JSON.stringify({ totals, wanted })).toBe(true);
    expect(Object.keys(totals).sort()).toEqual(Object.keys(wanted).sort());
    if (withoutNaN.length === Object.keys(wanted).length) {
      expect(expected.winners).toContain(call.decision.target.id);
    } else {
      // There, one score that is no number spoils a total and the choice is by luck. Here it counts 0.
      expect(Object.values(totals).every(Number.isFinite)).toBe(true);
      expect(totals[call.decision.target.id]).toBe(Math.max(...Object.values(totals)));
    }
    expect(profile!.picked).toHaveLength(expected.pickedCount!);
    call.end();
  });
});
