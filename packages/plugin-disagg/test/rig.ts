import {
  createScheduler,
  type DecisionDraft,
  defineFetcher,
  defineFilter,
  definePicker,
  definePlugin,
  type Endpoint,
  type EndpointSpec,
  type Explanation,
  optional,
  type PluginUse,
  PointsmanError,
  peerEndpoint,
  type RequestInput,
  type SchedulerOptions,
} from '@pointsman/core';
import { disaggregation } from '../src/index.ts';

/** Roles of an endpoint, such as `decode` or `prefill-decode`. */
export type Roles = string;

export const PREFILLER = 'x-prefiller-host-port';
export const ENCODERS = 'x-encoder-hosts-ports';

/** What a decider says of endpoints, by their names; it says nothing of others. */
export type Said = Readonly<Record<string, number>>;

export interface RigOptions {
  /** Roles by the name of the endpoint. */
  readonly endpoints: Readonly<Record<string, Roles>>;
  readonly handler: PluginUse;
  readonly plugins?: readonly PluginUse[];
  /** What deciders say, by their names. */
  readonly verdicts?: Readonly<Record<string, Said>>;
  /** Names of profiles; each takes the endpoints that have its name among their roles. */
  readonly profiles?: readonly string[];
  readonly metrics?: NonNullable<SchedulerOptions['metrics']>;
}

/** What came of one request. Endpoints are named without their namespace. */
export interface Came {
  readonly target: string | undefined;
  readonly companions: Readonly<Record<string, string>>;
  readonly ran: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** The peer that each profile saw, by profile. */
  readonly peers: Readonly<Record<string, string | undefined>>;
  readonly notes: readonly string[];
  readonly faults: readonly string[];
  readonly error: string | undefined;
}

/** Every candidate in the order of the pool. */
const inOrder = definePicker({
  type: 'in-order',
  create: () => ({
    pick(candidates, _totals, _cycle, order) {
      for (let i = 0; i < candidates.length; i++) order[i] = i;
      return candidates.length;
    },
  }),
});

const hasRole = defineFilter({
  type: 'has-role',
  create: () => ({
    keep: ({ labels }, { profile }) => labels['role']!.split('-').includes(profile) || 'another role',
  }),
});

function saying(decider: string, said: Said): PluginUse {
  const key = disaggregation(decider);
  return defineFetcher({
    type: decider,
    writes: [key],
    create: () => ({
      prepare(_cycle, sink, endpoints) {
        for (const endpoint of endpoints) {
          const verdict = said[nameOf(endpoint)];
          if (verdict !== undefined) sink.setCandidate(endpoint, key, { verdict });
        }
      },
    }),
  })();
}

const nameOf = ({ id }: Pick<Endpoint, 'id'>) => id.slice('ns/'.length);

const specOf = (name: string, roles: Roles, index: number): EndpointSpec => ({
  id: `ns/${name}`,
  address: `10.0.0.${index + 1}`,
  port: 8000 + index,
  labels: { role: roles },
});

/** A scheduler with a profile handler over endpoints with roles. */
export function createRig({ endpoints, handler, plugins = [], verdicts = {}, profiles, metrics }: RigOptions) {
  let peers: Record<string, string | undefined> = {};
  let drafts: DecisionDraft[] = [];
  const spy = definePlugin({
    type: 'spy',
    reads: [optional(peerEndpoint)],
    create: () => ({
      scoring(cycle, { profile }) {
        const peer = cycle.get(peerEndpoint);
        if (peer !== undefined) peers[profile] = nameOf(peer);
      },
      postChoice(_cycle, decision) {
        drafts.push(decision);
      },
    }),
  });
  const names = profiles ?? ['encode', 'prefill', 'decode'];
  const picker = inOrder();
  const scheduler = createScheduler({
    endpoints: Object.entries(endpoints).map(([name, roles], index) => specOf(name, roles, index)),
    plugins: [spy(), ...plugins, ...Object.entries(verdicts).map(([name, said]) => saying(name, said))],
    profiles: Object.fromEntries(
      names.map((name) => [name, { filters: [hasRole().as(`has-role-${name}`)], picker }] as const),
    ),
    profileHandler: handler,
    ...(metrics === undefined ? {} : { metrics }),
  });
  const faults: string[] = [];
  scheduler.on('fault', ({ plugin, error }) => faults.push(`${plugin}: ${String(error)}`));

  return {
    scheduler,
    async run(request: RequestInput = {}): Promise<Came> {
      peers = {};
      drafts = [];
      const nothing = { target: undefined, companions: {}, ran: [], headers: {}, notes: [] };
      try {
        const call = await scheduler.schedule(request);
        const { target, companions, results, headers } = call.decision;
        const { notes }: Explanation = call.decision.explain();
        call.end();
        return {
          target: nameOf(target),
          companions: Object.fromEntries(Object.entries(companions).map(([role, at]) => [role, nameOf(at)])),
          ran: results.map(({ profile }) => profile),
          headers,
          peers,
          notes: notes.map(({ text }) => text),
          faults,
          error: undefined,
        };
      } catch (error) {
        if (!PointsmanError.is(error)) throw error;
        return { ...nothing, peers, faults, error: error.code };
      }
    },
    [Symbol.asyncDispose]: () => scheduler.close(),
  };
}
