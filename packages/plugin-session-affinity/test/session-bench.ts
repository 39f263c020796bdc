import {
  type Clock,
  createScheduler,
  defineFetcher,
  definePicker,
  definePlugin,
  defineProfileHandler,
  type EndpointSpec,
  type GivenDatum,
  type PluginUse,
  PointsmanError,
  type RequestInput,
} from '@pointsman/core';

/** What is made to happen to one request. */
export interface Script {
  readonly request?: RequestInput;
  readonly candidates?: readonly string[];
  readonly given?: readonly GivenDatum[];
  /** Target by profile, the primary profile first. Nothing is dispatched without. */
  readonly targets?: Readonly<Record<string, string>>;
}

/** What the plugin under test did with it. */
export interface Seen {
  readonly scores: Readonly<Record<string, number>>;
  readonly kept: readonly string[];
  readonly call: Awaited<ReturnType<ReturnType<typeof createScheduler>['schedule']>> | undefined;
  readonly notes: readonly string[];
}

/** Runs one plugin in a profile of its own; which endpoint the other profiles choose is dictated. */
export function createSessionBench(
  use: PluginUse,
  options: {
    readonly endpoints: readonly EndpointSpec[];
    readonly profiles?: readonly string[];
    readonly clock?: Clock;
  },
) {
  const profiles = options.profiles ?? ['default'];
  const isFilter = use.definition.kinds.includes('filter');
  let script: Script = {};
  let scores: Record<string, number> = {};
  let kept: string[] = [];

  const spy = definePlugin({
    type: 'spy',
    create: () => ({
      scoring(_cycle, board) {
        if (board.profile !== 'under-test') return;
        const all = Array.from({ length: board.candidates.length }, (_, i) => i);
        kept = all.map((i) => board.candidates.endpoint(i).id);
        scores = Object.fromEntries(all.map((i) => [board.candidates.endpoint(i).id, board.total(i)]));
      },
    }),
  });
  const picker = definePicker({
    type: 'dictated-picker',
    create: () => ({
      pick(candidates, _totals, cycle, order) {
        const wanted = script.targets?.[cycle.profile];
        for (let i = 0; i < candidates.length; i++) order[i] = i;
        const at = order.findIndex((index) => index < candidates.length && candidates.endpoint(index).id === wanted);
        if (at > 0) [order[0], order[at]] = [order[at]!, order[0]!];
        return candidates.length;
      },
    }),
  });
  const handler = defineProfileHandler({
    type: 'dictated-handler',
    create: () => ({
      handle(_cycle, run) {
        run('under-test');
        const results = Object.keys(script.targets ?? {}).map((name) => run(name));
        return results[0] === undefined ? undefined : { primary: results[0] };
      },
    }),
  });
  // Attributes come with the request; somebody has to be able to write them.
  const attributes = defineFetcher({
    type: 'attributes',
    writes: () => use.definition.readsOf(use.params, use.name),
    create: () => ({ prepare() {} }),
  });
  const pick = picker();
  const graphOf = (tested: PluginUse) => ({
    plugins: [attributes(), spy()],
    profiles: {
      'under-test': { ...(isFilter ? { filters: [tested] } : { scorers: [tested] }), picker: pick },
      ...Object.fromEntries(profiles.map((name) => [name, { picker: pick }])),
    },
    profileHandler: handler(),
  });
  const scheduler = createScheduler({
    endpoints: options.endpoints,
    ...graphOf(use),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const pool = scheduler.pools.get('default')!;

  return {
    pool,
    /** Puts a use with other parameters in the plugin's place. */
    reload(other: PluginUse): void {
      pool.planReload(graphOf(other)).commit();
    },
    async run(next: Script): Promise<Seen> {
      script = next;
      scores = {};
      kept = [];
      let call: Seen['call'];
      try {
        call = await scheduler.schedule(
          { ...next.request, ...(next.candidates === undefined ? {} : { subset: next.candidates }) },
          { given: next.given ?? [] },
        );
      } catch (error) {
        if (!PointsmanError.is(error, 'ALL_FILTERED') && !PointsmanError.is(error, 'NO_ENDPOINTS')) throw error;
      }
      const notes = call?.decision.explain().notes.map(({ text }) => text) ?? [];
      return { scores, kept, call, notes };
    },
    async [Symbol.asyncDispose]() {
      await scheduler.close();
    },
  };
}
