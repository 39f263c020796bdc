import {
  type CreateContext,
  type Cycle,
  type DecisionDraft,
  type Endpoint,
  optional,
  type PluginInstance,
  prefillOf,
  prefixMatch,
  type RequestSink,
  requestValue,
  tokenizedPrompt,
} from '@pointsman/core';
import { EventHub } from './feed/event-hub.ts';
import { eventMetrics } from './feed/event-metrics.ts';
import { eventSources } from './feed/event-sources.ts';
import { zeromqTransport } from './feed/zeromq-transport.ts';
import type { BlockHasher } from './hash/block-hasher.ts';
import { createHasher } from './hash/create-hasher.ts';
import { type PromptKeys, promptKeys } from './hash/prompt-keys.ts';
import { EngineCaches } from './index-store/engine-caches.ts';
import { MatchTally } from './index-store/match-tally.ts';
import type { PrecisePrefixCacheParams } from './precise-prefix-cache-params.ts';
import { TierWeights } from './tier-weights.ts';

/** Sums of weights are fractions: a whole number must not be cut for what they lack. */
const ROUNDING = 1e-9;
/** Publishers that are shown by name. */
const SHOWN = 100;

/** The keys of a request, from the look at its prompt to the choice. */
const keysOf = (name: string) => requestValue<PromptKeys>()(`PrefixBlockKeys/${name}`, { until: 'answered' });

export const preciseReads = (name: string) => [tokenizedPrompt, optional(keysOf(name))] as const;
export const preciseWrites = (name: string) => [prefixMatch(name), keysOf(name)] as const;

type Reads = ReturnType<typeof preciseReads>;
type Writes = ReturnType<typeof preciseWrites>;

/** What one instance hands to the next. */
interface Inheritance {
  readonly hub: EventHub;
  /** What an index depends on, as text. */
  readonly origin: string;
}

/** What is at work once keys can be computed. */
interface AtWork {
  readonly hub: EventHub;
  readonly weights: TierWeights;
}

/**
 * Hears from the model servers which blocks they have in their KV caches, and tells of each request how much of its prompt each
 * endpoint has.
 * @throws PointsmanError PLUGIN_FAILED without ZeroMQ
 */
export function precisePrefixCache(
  context: Omit<CreateContext<unknown>, 'read' | 'write' | 'params'>,
  params: PrecisePrefixCacheParams,
) {
  const { name, clock, endpoints, inherited } = context;
  const origin = JSON.stringify([params.hash, params.events]);
  const transport = zeromqTransport(name);
  const metrics = eventMetrics(context.metrics, name, context.pool);
  const matchKey = prefixMatch(name);
  const keysKey = keysOf(name);
  const tally = new MatchTally();
  const owner = {};
  let atWork: AtWork | undefined;

  const begin = (hub: EventHub): void => {
    for (const endpoint of endpoints.list()) hub.add(endpoint);
    atWork = { hub, weights: new TierWeights(hub.caches.tiers, params.weights) };
  };
  const create = (hasher: BlockHasher): void =>
    begin(new EventHub(new EngineCaches(hasher, params.limits), eventSources(params.events), clock, metrics));
  let loading: Promise<void> | undefined;
  if (!isFitting(inherited, origin)) {
    const hasher = createHasher(params.hash);
    if (hasher instanceof Promise) loading = hasher.then(create);
    else create(hasher);
  }

  const stop = () => atWork?.hub.stop(owner);

  const match = (
    { hub, weights }: AtWork,
    cycle: Cycle<Reads>,
    sink: RequestSink<Writes>,
    candidates: readonly Endpoint[],
  ): void => {
    const prompt = cycle.get(tokenizedPrompt);
    if (prompt === undefined) return;
    const { choices, index, hasher } = hub.caches;
    choices.expire(cycle.now);
    const keys = promptKeys(prompt, cycle.request.targetModel, hasher);
    sink.set(keysKey, keys);
    tally.restart(index.columns);
    for (let p = 0; p < keys.ends.length; p++) {
      const start = p === 0 ? 0 : keys.ends[p - 1]!;
      index.match(keys.words, start, keys.ends[p]!, weights.order, weights.weights, tally);
    }
    const rows = sink.candidates(matchKey);
    const { matchBlocks, totalBlocks, blockSizeTokens, cachedBlockCount } = rows.fields;
    for (let i = 0; i < candidates.length; i++) {
      const { row } = candidates[i]!;
      const column = hub.at(row)?.cache.column ?? -1;
      matchBlocks[row] = column < 0 ? 0 : Math.floor(tally.weighted[column]! + ROUNDING);
      cachedBlockCount[row] = column < 0 ? 0 : tally.blocks[column]!;
      totalBlocks[row] = keys.count;
      blockSizeTokens[row] = hasher.blockSizeTokens;
      rows.mark(row);
    }
  };

  const choose = ({ hub }: AtWork, keys: PromptKeys, { row }: Endpoint, now: number): void => {
    const cache = hub.at(row)?.cache;
    if (cache === undefined) return;
    const until = now + params.speculativeMs;
    for (let p = 0; p < keys.ends.length; p++) {
      hub.caches.choices.add(keys.words, p === 0 ? 0 : keys.ends[p - 1]!, keys.ends[p]!, cache, until);
    }
  };

  return {
    prepare(cycle: Cycle<Reads>, sink: RequestSink<Writes>, candidates: readonly Endpoint[]): void | Promise<void> {
      if (atWork !== undefined) return match(atWork, cycle, sink, candidates);
      return loading!.then(() => match(atWork!, cycle, sink, candidates));
    },
    postChoice(cycle: Cycle<Reads>, decision: DecisionDraft): void {
      if (params.speculativeMs === 0) return;
      const keys = cycle.get(keysKey);
      if (atWork === undefined || keys === undefined) return;
      const { target } = decision;
      if (endpoints.isLive(target)) choose(atWork, keys, target, cycle.now);
      const prefill = prefillOf(decision);
      if (prefill !== undefined && prefill.id !== target.id && endpoints.isLive(prefill)) {
        choose(atWork, keys, prefill, cycle.now);
      }
    },
    async stream(signal: AbortSignal): Promise<void> {
      atWork?.hub.claim(owner);
      // An old instance that listens at the same address stops meanwhile.
      await loading;
      if (signal.aborted) return;
      const { hub } = atWork!;
      hub.claim(owner);
      hub.start(transport);
      // The same function each time: after a fault this runs again with the same signal.
      signal.addEventListener('abort', stop, { once: true });
      await hub.faults.next(signal);
    },
    activated(): void {
      if (!isFitting(inherited, origin)) return;
      inherited.hub.caches.limit(params.limits);
      begin(inherited.hub);
    },
    endpointAdded: (endpoint: Endpoint): void => atWork?.hub.add(endpoint),
    endpointRemoved: (endpoint: Endpoint): void => atWork?.hub.remove(endpoint),
    handOver: (): Inheritance | undefined => atWork && { hub: atWork.hub, origin },
    inspect() {
      if (atWork === undefined) return null;
      const { caches, publishers } = atWork.hub;
      return {
        blocks: caches.index.blocks,
        evicted: caches.index.evicted,
        bytes: caches.bytes,
        maxBytes: params.limits.maxBytes,
        tiers: [...caches.tiers.names],
        endpoints: publishers.length,
        byEndpoint: Object.fromEntries(
          publishers
            .slice(0, SHOWN)
            .map(({ endpoint, cache, last }) => [endpoint.id, { blocks: cache.blocks, lastMessage: last }]),
        ),
      };
    },
  } satisfies PluginInstance;
}

/** Other keys would match nothing, other events come from elsewhere, and a hub of other code may have another form. */
function isFitting(inherited: unknown, origin: string): inherited is Inheritance {
  const state = inherited as Partial<Inheritance> | null | undefined;
  return state?.hub instanceof EventHub && state.origin === origin;
}
