import type { Random } from '@pointsman/core';
import { gauss } from './gauss.ts';
import type { Speed } from './speed.ts';

const NS_PER_MS = 1e6;
/** Floating-point products may fall short of a whole number by this much (nanoseconds). */
const SHORTFALL_NS = 1e-3;
const SHORTFALL_MS = 1e-6;

/**
 * Load factor: 1 on an idle engine, `factor` when all slots are taken, linear between.
 * @param running sequences that run, the one concerned included
 */
export function loadFactor(factor: number, running: number, slots: number): number {
  return slots <= 1 ? 1 : 1 + ((factor - 1) * (running - 1)) / (slots - 1);
}

/** A product of a time and a factor, cut to whole nanoseconds, as the reference simulator does it term by term. */
export function scaled(ms: number, factor: number): number {
  return Math.floor(ms * factor * NS_PER_MS + SHORTFALL_NS) / NS_PER_MS;
}

/** Cut to whole milliseconds. */
export function wholeMs(ms: number): number {
  return Math.floor(ms + SHORTFALL_MS);
}

/**
 * A delay drawn around a mean: both cut to whole milliseconds first, the result kept within 0.3 to 1.7 times the mean.
 * Draws from `random` only if there is a deviation.
 */
function sampled(meanMs: number, stdDevMs: number, random: Random): number {
  const mean = wholeMs(meanMs);
  const deviation = wholeMs(stdDevMs);
  if (deviation === 0) return mean;
  return wholeMs(Math.min(1.7 * mean, Math.max(0.3 * mean, mean + deviation * gauss(random))));
}

/** Between two tokens. */
export function interTokenMs(speed: Speed, load: number, random: Random): number {
  return sampled(scaled(speed.interTokenLatencyMs, load), speed.interTokenLatencyStdDevMs, random);
}

/** True when the time to first token does not depend on the prompt. */
export function hasConstantFirstToken(speed: Speed): boolean {
  if (speed.latencyCalculator !== '') return speed.latencyCalculator === 'constant';
  return speed.timeToFirstTokenMs !== 0 || speed.timeToFirstTokenStdDevMs !== 0;
}

/** Time to first token in the constant form. */
export function constantFirstTokenMs(speed: Speed, load: number, random: Random): number {
  return sampled(scaled(speed.timeToFirstTokenMs, load), speed.timeToFirstTokenStdDevMs, random);
}

/** Fetching the KV cache of a whole prompt from another server. Does not depend on load. */
export function transferMs(speed: Speed, promptTokens: number, random: Random): number {
  const isConstant =
    speed.latencyCalculator === ''
      ? speed.kvCacheTransferLatencyMs !== 0 || speed.kvCacheTransferLatencyStdDevMs !== 0
      : speed.latencyCalculator === 'constant';
  return isConstant
    ? sampled(speed.kvCacheTransferLatencyMs, speed.kvCacheTransferLatencyStdDevMs, random)
    : sampled(scaled(speed.kvCacheTransferTimePerTokenMs, promptTokens), speed.kvCacheTransferTimeStdDevMs, random);
}

/** Prefill of `tokens` prompt tokens, not cut to milliseconds. */
export function prefillMs(speed: Speed, tokens: number, load: number, withOverhead: boolean): number {
  const overhead = withOverhead ? scaled(speed.prefillOverheadMs, load) : 0;
  return overhead + scaled(scaled(speed.prefillTimePerTokenMs, load), tokens);
}

/** How much slower or faster than the mean this prompt's prefill is; 1 without a deviation. */
export function prefillJitter(speed: Speed, tokens: number, load: number, random: Random): number {
  if (wholeMs(speed.prefillTimeStdDevMs) === 0) return 1;
  const mean = wholeMs(prefillMs(speed, tokens, load, true));
  return mean === 0 ? 1 : sampled(mean, speed.prefillTimeStdDevMs, random) / mean;
}
