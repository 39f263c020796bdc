import { candidateRecord, endpointNumber, endpointRecord, endpointValue, requestValue } from './data-key.ts';
import type { Endpoint } from './endpoint.ts';
import type { TokenizedPrompt } from './tokenized-prompt.ts';

/**
 * Keys that more than one package speaks of. Ids are `dataType/producer`, as in llm-d; where the producer can have
 * another instance name, the key is a function of it.
 */

/** Requests waiting in the model server's queue. */
export const waitingQueueSize = endpointNumber('WaitingQueueSize/core-metrics-extractor', { fallback: 0 });

/** Requests that the model server is running. */
export const runningRequestsSize = endpointNumber('RunningRequestsSize/core-metrics-extractor', { fallback: 0 });

/** Share of the KV cache in use, 0..1. */
export const kvCacheUsage = endpointNumber('KVCacheUsagePercent/core-metrics-extractor', { fallback: 0 });

/** Tokens in one KV-cache block of the model server; 0 when it does not say. */
export const cacheBlockSize = endpointNumber('CacheBlockSize/core-metrics-extractor', { fallback: 0 });

/** KV-cache blocks that the model server has; 0 when it does not say. */
export const cacheNumBlocks = endpointNumber('CacheNumBlocks/core-metrics-extractor', { fallback: 0 });

/** LoRA adapters that are loaded and running. */
export const activeModels = endpointValue<ReadonlySet<string>>()('ActiveModels/core-metrics-extractor');

/** LoRA adapters with requests that wait for them to be loaded. */
export const waitingModels = endpointValue<ReadonlySet<string>>()('WaitingModels/core-metrics-extractor');

/** How many LoRA adapters the model server can hold at once. */
export const maxActiveModels = endpointNumber('MaxActiveModels/core-metrics-extractor', { fallback: 0 });

/** The prompt of a request as tokens, real or estimated. */
export const tokenizedPrompt = requestValue<TokenizedPrompt>()('TokenizedPrompt/token-producer', { until: 'answered' });

/** The agent or conversation that a request comes from, as its tool names itself. */
export const agentIdentity = requestValue<string>()('agent-identity');

/** The endpoint that the request's other stage was placed on: what topology plugins measure from. */
export const peerEndpoint = requestValue<Endpoint>()('peer-endpoint/disagg-profile-handler');

/** How much of the request's prompt each candidate has cached, in blocks of `blockSizeTokens`. */
export const prefixMatch = <const Producer extends string = 'approx-prefix-cache-producer'>(
  producer: Producer = 'approx-prefix-cache-producer' as Producer,
) =>
  candidateRecord(`PrefixCacheMatchInfoDataKey/${producer}`, [
    'matchBlocks',
    'totalBlocks',
    'blockSizeTokens',
    'cachedBlockCount',
  ]);

/** Load that this scheduler has placed on each endpoint and that has not been released yet. */
export const inFlightLoad = <const Producer extends string = 'inflight-load-producer'>(
  producer: Producer = 'inflight-load-producer' as Producer,
) => endpointRecord(`InFlightLoadDataKey/${producer}`, ['requests', 'tokens']);

/** Prompt tokens that each candidate would have to compute for this request. */
export const uncachedRequestTokens = <const Producer extends string = 'inflight-load-producer'>(
  producer: Producer = 'inflight-load-producer' as Producer,
) => candidateRecord(`UncachedRequestTokensDataKey/${producer}`, ['tokens']);
