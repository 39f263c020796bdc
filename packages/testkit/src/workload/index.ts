export { PromptWriter } from './prompt-text.ts';
export { type ReplayedRequest, type ReplayOptions, replayTrace } from './replay.ts';
export { type Quantiles, quantile, type ReplaySummary, summarizeReplay } from './summary.ts';
export { mooncakeSlice, parseTrace, TRACE_BLOCK_TOKENS, type TraceRequest } from './trace.ts';
