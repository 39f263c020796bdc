import {
  createScheduler,
  defineFetcher,
  defineFilter,
  definePicker,
  definePlugin,
  type EndpointSpec,
  type GivenDatum,
  type GraphOptions,
  type PluginUse,
  PointsmanError,
  type SchedulerHost,
} from '@pointsman/core';
import type { ConformanceOptions } from './conformance-options.ts';
import { givenKeys, type World, type WorldEndpoint, type WorldRequest } from './world.ts';

/** What a plugin made of one request. */
export interface Observed {
  /** Ids that it kept, by profile. */
  readonly kept: Readonly<Record<string, readonly string[]>>;
  /** Raw scores by profile and id, of all endpoints that it had an opinion on. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Ids that the primary profile named, in order. */
  readonly picked: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The code of the error that turned the request away. */
  readonly error: string | undefined;
}

/** A scheduler with the plugin under test, over the endpoints of a world. */
export interface Stage extends AsyncDisposable {
  readonly scheduler: SchedulerHost;
  /** Puts the endpoints as they are now. */
  put(endpoints: readonly WorldEndpoint[]): void;
  /** Places a request, lets its answer come, and ends it. */
  run(request: WorldRequest, endpoints: readonly WorldEndpoint[]): Promise<Observed>;
  /** Puts another use of the same type in the plugin's place. */
  reload(use: PluginUse): void;
  /** Labels of the endpoints, and the data that does not come from the plugin itself, by id. */
  data(): Readonly<Record<string, unknown>>;
  /** Every fault so far. */
  readonly faults: readonly string[];
}

export function createStage(use: PluginUse, options: ConformanceOptions): Stage {
  const { kinds } = use.definition;
  const keys = givenKeys(use);
  const profiles = options.profiles ?? ['default'];
  let kept: Record<string, string[]> = {};

  const writer = defineFetcher({
    type: 'conformance-data',
    writes: () => keys,
    create: () => ({ prepare() {} }),
  })();
  const spy = definePlugin({
    type: 'conformance-spy',
    create: () => ({
      scoring(_cycle, { profile, candidates }) {
        kept[profile] = Array.from({ length: candidates.length }, (_, i) => candidates.endpoint(i).id);
      },
    }),
  })();
  const first = definePicker({
    type: 'conformance-picker',
    create: () => ({
      pick(candidates, _totals, _cycle, order) {
        for (let i = 0; i < candidates.length; i++) order[i] = i;
        return candidates.length;
      },
    }),
  })();
  const everything = defineFilter({ type: 'conformance-filter', create: () => ({ keep: () => true }) })();

  const graphOf = (tested: PluginUse): GraphOptions => {
    const profile = {
      filters: kinds.includes('filter') ? [everything, tested] : [everything],
      scorers: kinds.includes('scorer') ? [tested] : [],
      picker: kinds.includes('picker') ? tested : first,
    };
    const placed = kinds.some((kind) => ['filter', 'scorer', 'picker', 'profile-handler'].includes(kind));
    return {
      plugins: placed ? [writer, spy] : [writer, spy, tested],
      profiles: Object.fromEntries(profiles.map((name) => [name, profile])),
      ...(kinds.includes('profile-handler') ? { profileHandler: tested } : {}),
    };
  };

  const scheduler = createScheduler({ endpoints: [], ...graphOf(use), seed: 'conformance', clock: stoppedClock });
  const pool = scheduler.pools.get('default')!;
  const faults: string[] = [];
  scheduler.on('fault', ({ plugin, stage, error }) => faults.push(`${plugin} in ${stage}: ${String(error)}`));

  return {
    scheduler,
    faults,
    put(endpoints) {
      pool.setEndpoints(endpoints.map(specOf));
      for (const { id, data } of endpoints) {
        for (const key of keys) {
          if (key.scope === 'endpoint' && key.id in data) pool.setData(id, key, data[key.id]);
        }
      }
    },
    data() {
      const of = pool.endpoints().map((endpoint) => {
        const all = pool.dataOf(endpoint);
        const read = keys.flatMap(({ id }) => (id in all ? [[id, all[id]] as const] : []));
        return [endpoint.id, { labels: endpoint.labels, data: Object.fromEntries(read) }] as const;
      });
      return Object.fromEntries(of);
    },
    reload(next) {
      pool.planReload(graphOf(next)).commit();
    },
    async run(request, endpoints) {
      kept = {};
      const given: GivenDatum[] = keys.flatMap((key): GivenDatum[] => {
        if (key.scope === 'request') return key.id in request.data ? [{ key, value: request.data[key.id] }] : [];
        if (key.scope === 'endpoint') return [];
        return endpoints
          .filter(({ data }) => key.id in data)
          .map(({ id, data }) => ({ key, endpoint: id, value: data[key.id] }));
      });
      try {
        const call = await scheduler.schedule(request.input, { given });
        const explained = call.decision.explain();
        const scores = Object.fromEntries(
          explained.profiles.map(({ profile, scorers, candidates }) => {
            const column = scorers.findIndex(({ plugin }) => plugin === use.name);
            const opinions = candidates.flatMap(({ endpoint, scores: cells }): [string, number][] => {
              const raw = cells[column]?.raw ?? null;
              return raw === null ? [] : [[endpoint, raw]];
            });
            return [profile, Object.fromEntries(opinions)];
          }),
        );
        const picked = call.decision.results.find(({ profile }) => profile === call.decision.primaryProfile)!.picked;
        const { headers } = call.decision;
        const responseHeaders = call.responseHeaders(200, {});
        call.firstToken();
        call.tokens(1);
        call.end({ usage: { promptTokens: 1, outputTokens: 1 } });
        return { kept, scores, picked: picked.map(({ id }) => id), headers, responseHeaders, error: undefined };
      } catch (error) {
        if (!PointsmanError.is(error)) throw error;
        return { kept, scores: {}, picked: [], headers: {}, responseHeaders: {}, error: error.code };
      }
    },
    async [Symbol.asyncDispose]() {
      await scheduler.close();
    },
  };
}

/** One request in a scheduler of its own. @throws Error when the plugin failed in any stage */
export async function observe(use: PluginUse, world: World, options: ConformanceOptions): Promise<Observed> {
  await using stage = createStage(use, options);
  stage.put(world.endpoints);
  const observed = await stage.run(world.request, world.endpoints);
  await stage.scheduler.close();
  if (stage.faults.length > 0) throw new Error(stage.faults.join('\n'));
  return observed;
}

/** The address follows from the id, so that the same endpoint is the same server in every order. */
function specOf({ id, labels }: WorldEndpoint): EndpointSpec {
  return { id, address: `10.0.0.${id.charCodeAt(id.length - 1)}`, port: 8000, labels };
}

/** Time stands still, and nothing that was put off comes. */
const stoppedClock = { now: () => 1_700_000_000_000, schedule: () => () => {} };
