/** How fast the engine is, in milliseconds. The formulas are in `latency.ts`. */
export interface Speed {
  /** Which form the time to first token has; `''` takes the constant one when `timeToFirstTokenMs` is not 0. */
  readonly latencyCalculator: '' | 'constant' | 'per-token';
  /** Constant time to first token. */
  readonly timeToFirstTokenMs: number;
  readonly timeToFirstTokenStdDevMs: number;
  /** Between two tokens of a sequence. */
  readonly interTokenLatencyMs: number;
  readonly interTokenLatencyStdDevMs: number;
  /** Fixed cost of a step in which a prompt begins. */
  readonly prefillOverheadMs: number;
  /** Cost of a prompt token that is not cached. */
  readonly prefillTimePerTokenMs: number;
  readonly prefillTimeStdDevMs: number;
  /** Constant time to fetch the KV cache of a prompt from another server. */
  readonly kvCacheTransferLatencyMs: number;
  readonly kvCacheTransferLatencyStdDevMs: number;
  /** The same, for each prompt token. */
  readonly kvCacheTransferTimePerTokenMs: number;
  readonly kvCacheTransferTimeStdDevMs: number;
  /** Slow-down when all sequence slots are taken; 1 for none. */
  readonly timeFactorUnderLoad: number;
}
