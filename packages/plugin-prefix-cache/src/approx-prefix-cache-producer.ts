import {
  cacheBlockSize,
  cacheNumBlocks,
  defineFetcher,
  type Endpoint,
  optional,
  prefillOf,
  prefixMatch,
  requestValue,
  tokenizedPrompt,
} from '@pointsman/core';
import { approxPrefixCacheParams } from './approx-prefix-cache-params.ts';
import type { BlockHashes } from './hash/block-hashes.ts';
import { hashBlocks, MAX_BLOCK_TOKENS } from './hash/hash-blocks.ts';
import { PrefixIndex } from './index-store/prefix-index.ts';
import { hitMetrics } from './prefix-cache-metrics.ts';

const TYPE = 'approx-prefix-cache-producer';
/** Smaller blocks cost more than they tell. */
const MIN_BLOCK_TOKENS = 64;
const DEFAULT_CAPACITY = 31_250;

/** The hashes of a request, from the look at its prompt to the recording of the choice. */
const blockHashes = (producer: string) =>
  requestValue<BlockHashes>()(`PrefixBlockHashes/${producer}`, { until: 'answered' });

/** What one instance hands to the next. */
interface Inheritance {
  readonly index: PrefixIndex;
  readonly autoTune: boolean;
  readonly blockSizeTokens: number;
}

/**
 * Remembers where prompts were sent, block by block, and tells of each request how much of its prompt each endpoint has
 * seen. Approximate: it assumes that a model server keeps what was sent to it, as far as its cache reaches.
 */
export const approxPrefixCacheProducer = defineFetcher({
  type: TYPE,
  aliases: [`multicluster-${TYPE}`],
  description: 'Tells how much of the prompt each endpoint has cached, judged by what was sent there before.',
  params: approxPrefixCacheParams,
  reads: (_, name) => [
    tokenizedPrompt,
    optional(cacheBlockSize),
    optional(cacheNumBlocks),
    optional(blockHashes(name)),
  ],
  writes: (_, name) => [prefixMatch(name), blockHashes(name)],
  create: ({ params, name, pool, metrics, endpoints, inherited, read }) => {
    const { autoTune, maxPrefixTokensToMatch, maxPrefixBlocksToMatch } = params;
    const matchKey = prefixMatch(name);
    const hashesKey = blockHashes(name);
    const engineBlockSize = read(cacheBlockSize);
    const engineBlocks = read(cacheNumBlocks);
    const report = hitMetrics(metrics, name, pool);
    const defaultCapacity = params.lruCapacityPerServer > 0 ? params.lruCapacityPerServer : DEFAULT_CAPACITY;
    let requests = 0;
    let lookedUpBlocks = 0;
    let hitBlocks = 0;

    let index = isFitting(inherited, params) ? inherited.index : new PrefixIndex(params.maxIndexBytes);

    const blockSizeFor = (first: Endpoint | undefined): number => {
      const reported = autoTune && first !== undefined ? Math.floor(engineBlockSize.values[first.row]!) : 0;
      return Math.min(Math.max(reported > 0 ? reported : params.blockSizeTokens, MIN_BLOCK_TOKENS), MAX_BLOCK_TOKENS);
    };
    const maxBlocksOf = (blockSizeTokens: number): number => {
      if (maxPrefixTokensToMatch > 0) return Math.floor(maxPrefixTokensToMatch / blockSizeTokens);
      return maxPrefixBlocksToMatch === 0 ? Number.POSITIVE_INFINITY : Math.max(0, maxPrefixBlocksToMatch);
    };
    const capacityOf = (endpoint: Endpoint): number => {
      const reported = autoTune ? Math.floor(engineBlocks.values[endpoint.row]!) : 0;
      return reported > 0 ? reported : defaultCapacity;
    };
    const record = (hashes: BlockHashes, endpoint: Endpoint): void => {
      // The call may come late, after the endpoint has gone and its row belongs to another one.
      if (endpoints.isLive(endpoint)) index.record(hashes, endpoint.row, capacityOf(endpoint));
    };

    return {
      prepare(cycle, sink, candidates) {
        const prompt = cycle.get(tokenizedPrompt);
        if (prompt === undefined) return;
        const blockSizeTokens = blockSizeFor(candidates[0]);
        const hashes = hashBlocks(prompt, {
          model: cycle.request.targetModel,
          blockSizeTokens,
          maxBlocks: maxBlocksOf(blockSizeTokens),
        });
        sink.set(hashesKey, hashes);
        const rows = sink.candidates(matchKey);
        const { matchBlocks, totalBlocks, blockSizeTokens: blockSizes, cachedBlockCount } = rows.fields;
        for (let i = 0; i < candidates.length; i++) matchBlocks[candidates[i]!.row] = 0;
        index.match(hashes, matchBlocks);
        for (let i = 0; i < candidates.length; i++) {
          const { row } = candidates[i]!;
          totalBlocks[row] = hashes.count;
          blockSizes[row] = blockSizeTokens;
          cachedBlockCount[row] = matchBlocks[row]!;
          rows.mark(row);
        }
      },
      postChoice(cycle, decision) {
        const hashes = cycle.get(hashesKey);
        if (hashes === undefined || hashes.count === 0) return;
        const { target } = decision;
        const hits = index.matchOf(hashes, target.row);
        requests++;
        lookedUpBlocks += hashes.count;
        hitBlocks += hits;
        record(hashes, target);
        const prefill = prefillOf(decision);
        if (prefill !== undefined && prefill.id !== target.id) record(hashes, prefill);
        report(cycle.now, hits, hashes, index);
      },
      activated() {
        index = index.within(params.maxIndexBytes);
      },
      endpointRemoved(endpoint) {
        index.removeRow(endpoint.row);
      },
      handOver: (): Inheritance => ({
        index: index,
        autoTune,
        blockSizeTokens: params.blockSizeTokens,
      }),
      inspect() {
        const { blocks, entries, bytes, evicted } = index;
        return {
          blocks,
          entries,
          bytes,
          maxBytes: params.maxIndexBytes,
          evicted,
          requests,
          lookedUpBlocks,
          hitBlocks,
          hitRate: lookedUpBlocks === 0 ? null : hitBlocks / lookedUpBlocks,
          blocksByEndpoint: Object.fromEntries(
            endpoints
              .list()
              .filter(({ row }) => index.blocksOf(row) > 0)
              .map(({ id, row }) => [id, index.blocksOf(row)]),
          ),
        };
      },
    };
  },
});

/** Blocks of another size would match nothing, and an index of other code may have another form. */
function isFitting(
  inherited: unknown,
  params: { readonly autoTune: boolean; readonly blockSizeTokens: number },
): inherited is Inheritance {
  const state = inherited as Partial<Inheritance> | null | undefined;
  return (
    state?.index instanceof PrefixIndex &&
    state.autoTune === params.autoTune &&
    state.blockSizeTokens === params.blockSizeTokens
  );
}
