import type { EngineOptions } from '../engine/engine.ts';
import type { Speed } from '../engine/speed.ts';
import type { ResolvedSimOptions } from '../options/sim-options.ts';

/** What the engine needs of a server's options. */
export function engineOptions(options: ResolvedSimOptions): EngineOptions {
  return {
    speed: speedOf(options),
    maxNumSeqs: options.maxNumSeqs,
    maxNumBatchedTokens: options.maxNumBatchedTokens,
    maxWaitingQueueLength: options.maxWaitingQueueLength,
    maxLoras: options.maxLoras,
    kvCache: options.enableKvcache ? { blockSize: options.blockSize, blockCount: options.kvCacheSize } : undefined,
    seed: options.seed,
  };
}

/** The speeds among a server's options. */
export function speedOf(options: ResolvedSimOptions): Speed {
  return {
    latencyCalculator: options.latencyCalculator,
    timeToFirstTokenMs: options.timeToFirstToken,
    timeToFirstTokenStdDevMs: options.timeToFirstTokenStdDev,
    interTokenLatencyMs: options.interTokenLatency,
    interTokenLatencyStdDevMs: options.interTokenLatencyStdDev,
    prefillOverheadMs: options.prefillOverhead,
    prefillTimePerTokenMs: options.prefillTimePerToken,
    prefillTimeStdDevMs: options.prefillTimeStdDev,
    kvCacheTransferLatencyMs: options.kvCacheTransferLatency,
    kvCacheTransferLatencyStdDevMs: options.kvCacheTransferLatencyStdDev,
    kvCacheTransferTimePerTokenMs: options.kvCacheTransferTimePerToken,
    kvCacheTransferTimeStdDevMs: options.kvCacheTransferTimeStdDev,
    timeFactorUnderLoad: options.timeFactorUnderLoad,
  };
}
