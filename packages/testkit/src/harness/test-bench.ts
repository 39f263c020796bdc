import {
  type Call,
  type Clock,
  createScheduler,
  type DataKey,
  defineFetcher,
  defineFilter,
  definePicker,
  defineProfileHandler,
  type Explanation,
  type GivenDatum,
  type PluginUse,
  PointsmanError,
  type Pool,
  type RequestInput,
  type SchedulerHost,
} from '@pointsman/core';
import {
  candidateDataOf,
  endpointDataOf,
  endpointSpecOf,
  type RecordedEndpoint,
  type RecordedRequest,
  requestDataOf,
  requestInputOf,
} from '../state/recorded-state.ts';

export interface TestBenchOptions {
  readonly endpoints: readonly RecordedEndpoint[];
  /** Plugins that belong to no profile. */
  readonly plugins?: readonly PluginUse[];
  /** Filters and scorers by profile. Default: one profile `default` without any. */
  readonly profiles?: Readonly<
    Record<string, { readonly filters?: readonly PluginUse[]; readonly scorers?: readonly PluginUse[] }>
  >;
  readonly clock?: Clock;
}

export interface BenchRequest {
  readonly request?: RecordedRequest;
  /** More of the request, such as its payload. */
  readonly input?: RequestInput;
  /** Ids of the only candidates, in any order; default: all endpoints. */
  readonly candidates?: readonly string[];
  /** Data of candidates for this request, by endpoint id and attribute. */
  readonly attributes?: Readonly<Record<string, NonNullable<RecordedEndpoint['attributes']>>>;
  /** What each profile is made to choose. Default: the picker takes the first candidate of every profile. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  readonly primaryProfile?: string;
  /** False stops after the data of the request is there: nothing is chosen, nothing is reserved. */
  readonly dispatch?: boolean;
  /** Candidate and request data to look at, as the plugins left it. */
  readonly probe?: readonly DataKey[];
}

/** What came of one request on the bench. */
export interface BenchRun {
  /** Undefined when the request was turned away. */
  readonly call: Call | undefined;
  readonly error: PointsmanError | undefined;
  readonly explanation: Explanation | undefined;
  /** Ids that the filters of a profile left, in order. */
  kept(profile?: string): readonly string[];
  /** Raw scores by endpoint id. NaN where the scorer's contribution was lost; absent where it had no opinion. */
  scores(scorer: string, profile?: string): Readonly<Record<string, number>>;
  /** The data that was probed, by key id and endpoint id (request data under the id ``). */
  readonly probed: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface TestBench extends AsyncDisposable {
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  run(request?: BenchRequest): Promise<BenchRun>;
}

/**
 * Runs plugins in the real engine over endpoints, data and requests that are given, with choices that are dictated.
 * Data that the plugins read and nobody writes may be given too.
 */
export function createTestBench(options: TestBenchOptions): TestBench {
  const profiles = options.profiles ?? { default: {} };
  let current: BenchRequest = {};
  let probed: Record<string, Record<string, unknown>> = {};
  const kept = new Map<string, string[]>();

  const used = [
    ...(options.plugins ?? []),
    ...Object.values(profiles).flatMap(({ filters = [], scorers = [] }) => [...filters, ...scorers]),
  ];
  const written = new Set(used.flatMap((use) => use.definition.writesOf(use.params, use.name).map((key) => key.id)));
  const unwritten = new Map<string, DataKey>();
  for (const key of used.flatMap((use) => use.definition.readsOf(use.params, use.name))) {
    if (!written.has(key.id) && !unwritten.has(key.id)) unwritten.set(key.id, key);
  }
  const given = defineFetcher({
    type: 'bench-given-data',
    writes: () => [...unwritten.values()],
    create: () => ({ prepare() {} }),
  });

  /** Comes last among the filters: sees what they left, and stops here when nothing is to be dispatched. */
  const lookout = defineFilter({
    type: 'bench-lookout',
    create: () => ({
      filterAll(candidates, cycle, drops) {
        const ids = Array.from({ length: candidates.length }, (_, i) => candidates.endpoint(i).id);
        kept.set(cycle.profile, ids);
        if (current.dispatch === false) for (let i = 0; i < ids.length; i++) drops.drop(i, 'not dispatched');
      },
    }),
  });
  const probes = (keys: readonly DataKey[]) =>
    defineFilter({
      type: 'bench-probe',
      reads: () => keys,
      create: () => ({
        keep(endpoint, cycle) {
          for (const key of keys) {
            const values = probed[key.id] ?? {};
            probed[key.id] = values;
            if (key.scope === 'request') values[''] = (cycle as { get(key: DataKey): unknown }).get(key);
            else values[endpoint.id] = (endpoint as { get(key: DataKey): unknown }).get(key);
          }
          return true;
        },
      }),
    });
  const dictated = definePicker({
    type: 'bench-dictated-picker',
    create: () => ({
      pick(candidates, _totals, cycle, order) {
        const wanted = current.targets?.[cycle.profile];
        if (wanted === undefined || wanted.length === 0) {
          order[0] = 0;
          return 1;
        }
        let count = 0;
        for (const id of wanted) {
          for (let i = 0; i < candidates.length; i++) if (candidates.endpoint(i).id === id) order[count++] = i;
        }
        return count;
      },
    }),
  });
  const handler = defineProfileHandler({
    type: 'bench-dictated-handler',
    create: () => ({
      handle(_cycle, run) {
        const names = current.targets === undefined ? Object.keys(profiles) : Object.keys(current.targets);
        const results = names.map((name) => run(name)).filter((result) => result !== undefined);
        const primary = results.find((result) => result.profile === current.primaryProfile) ?? results[0];
        return primary === undefined ? undefined : { primary };
      },
    }),
  });

  // Which data is probed is known only per request; everything that anyone writes can be.
  const probeable = new Map<string, DataKey>();
  for (const use of used) {
    for (const key of use.definition.writesOf(use.params, use.name)) probeable.set(key.id, key);
  }
  const probe = probes([...probeable.values()])();
  const picker = dictated();
  const scheduler = createScheduler({
    endpoints: options.endpoints.map(endpointSpecOf),
    plugins: [given(), ...(options.plugins ?? [])],
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([name, { filters = [], scorers = [] }]) => [
        name,
        { filters: [probe, ...filters, lookout().as(`bench-lookout-${name}`)], scorers, picker },
      ]),
    ),
    profileHandler: handler(),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const pool = scheduler.pools.get('default')!;
  for (const endpoint of options.endpoints) {
    for (const { key, value } of endpointDataOf(endpoint)) pool.setData(endpoint.id, key, value);
  }

  return {
    scheduler,
    pool,
    async run(request = {}) {
      current = request;
      probed = {};
      kept.clear();
      const recorded = request.request ?? {};
      const data: GivenDatum[] = [
        ...options.endpoints.flatMap((endpoint) => candidateDataOf(endpoint)),
        ...Object.entries(request.attributes ?? {}).flatMap(([id, attributes]) => candidateDataOf({ id, attributes })),
        ...requestDataOf(recorded),
      ];
      const input = { ...requestInputOf(recorded), ...request.input };
      let call: Call | undefined;
      let error: PointsmanError | undefined;
      try {
        call = await scheduler.schedule(
          request.candidates === undefined ? input : { ...input, subset: request.candidates },
          { given: data },
        );
      } catch (caught) {
        if (!PointsmanError.is(caught)) throw caught;
        error = caught;
      }
      const explanation = call?.decision.explain();
      return {
        call,
        error,
        explanation,
        kept: (profile = 'default') => kept.get(profile) ?? [],
        scores: (scorer, profile = 'default') => scoresOf(explanation, scorer, profile),
        probed,
      };
    },
    async [Symbol.asyncDispose]() {
      await scheduler.close();
    },
  };
}

function scoresOf(explanation: Explanation | undefined, scorer: string, profile: string): Record<string, number> {
  const run = explanation?.profiles.find((candidate) => candidate.profile === profile);
  const column = run?.scorers.findIndex(({ plugin }) => plugin === scorer) ?? -1;
  const failed = explanation?.faults.some((fault) => fault.plugin === scorer && fault.stage === 'score') === true;
  const scores: Record<string, number> = {};
  for (const { endpoint, scores: cells } of run?.candidates ?? []) {
    const value = cells[column]?.raw ?? null;
    if (value !== null) scores[endpoint] = value;
    else if (failed) scores[endpoint] = Number.NaN;
  }
  return scores;
}
