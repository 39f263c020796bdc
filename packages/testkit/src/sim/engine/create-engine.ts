import { type Random, SeededRandom } from '@pointsman/core';
import { BlockPool } from './block-pool.ts';
import type { EngineOptions, EngineStats, SimEngine } from './engine.ts';
import {
  constantFirstTokenMs,
  hasConstantFirstToken,
  interTokenMs,
  loadFactor,
  prefillJitter,
  transferMs,
} from './latency.ts';
import { PrefillStep } from './prefill-step.ts';
import type { Refusal, Sequence, SequenceRequest } from './sequence.ts';
import { SequenceState } from './sequence-state.ts';
import type { SimClock } from './sim-clock.ts';
import type { Speed } from './speed.ts';

/**
 * Builds a model of an inference engine: continuous batching, chunked prefill under a token budget, KV blocks with a
 * prefix cache, preemption, LoRA adapters. Deterministic: same options, same arrivals, same tokens at the same times.
 * @throws RangeError when the token budget is smaller than the number of sequences
 */
export function createSimEngine(options: EngineOptions, clock: SimClock): SimEngine {
  if (options.maxNumBatchedTokens < options.maxNumSeqs) {
    throw new RangeError(
      `max-num-batched-tokens (${options.maxNumBatchedTokens}) must be at least max-num-seqs (${options.maxNumSeqs})`,
    );
  }
  return new Engine(options, clock);
}

class Engine implements SimEngine {
  readonly #options: EngineOptions;
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #pool: BlockPool | undefined;
  readonly #blockSize: number;
  readonly #prefill = new PrefillStep();
  readonly #waiting: SequenceState[] = [];
  /** In the order of admission. Those that left stay until the next sweep. */
  #running: SequenceState[] = [];
  #active = 0;
  #speed: Speed;
  #isStepping = false;
  #isClosed = false;
  #timerAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #prefixQueries = 0;
  #prefixHits = 0;
  #preemptions = 0;

  constructor(options: EngineOptions, clock: SimClock) {
    this.#options = options;
    this.#clock = clock;
    this.#speed = options.speed;
    this.#random = new SeededRandom(options.seed, 0);
    this.#pool = options.kvCache && new BlockPool(options.kvCache.blockCount);
    this.#blockSize = options.kvCache?.blockSize ?? 1;
  }

  submit(request: SequenceRequest): Sequence | Refusal {
    if (this.#isClosed) throw new Error('the engine is closed');
    const now = this.#clock.now();
    const sequence = new SequenceState(request, now);
    if (this.#pool && this.#blocksFor(sequence) > this.#pool.size) return 'kv-cache-too-small';
    this.#advance(now);
    this.#waiting.push(sequence);
    // From a listener in the middle of a step: it is admitted when the step is over.
    const places = this.#isStepping ? this.#options.maxNumSeqs - this.#active : 0;
    if (!this.#isStepping) this.#admit(now);
    if (sequence.phase === 'waiting' && this.#waiting.length > this.#options.maxWaitingQueueLength + places) {
      this.#waiting.splice(this.#waiting.indexOf(sequence), 1);
      return 'queue-full';
    }
    this.#proceed(now);
    return { cancel: () => this.#cancel(sequence) };
  }

  stats(): EngineStats {
    const runningAdapters = adaptersOf(this.#running.filter(isActive));
    return {
      running: this.#active,
      waiting: this.#waiting.length,
      kvUsage: this.#pool ? this.#pool.used / this.#pool.size : 0,
      runningAdapters: [...runningAdapters],
      waitingAdapters: [...adaptersOf(this.#waiting)].filter((adapter) => !runningAdapters.has(adapter)),
      prefixQueries: this.#prefixQueries,
      prefixHits: this.#prefixHits,
      preemptions: this.#preemptions,
      stepTokens: this.#prefill.tokens + this.#generating(),
      cachedBlocks: this.#pool?.cached ?? 0,
      freeBlocks: this.#pool?.free ?? 0,
    };
  }

  clearCache(): void {
    this.#pool?.clear();
  }

  retune(changes: Partial<Speed>): void {
    this.#speed = { ...this.#speed, ...changes };
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const sequence of [...this.#running, ...this.#waiting]) this.#leave(sequence, 'ended');
    this.#running.length = 0;
    this.#waiting.length = 0;
    this.#prefill.reset();
  }

  #cancel(sequence: SequenceState): void {
    if (sequence.phase === 'ended') return;
    if (sequence.phase === 'waiting') this.#waiting.splice(this.#waiting.indexOf(sequence), 1);
    this.#leave(sequence, 'ended');
    const now = this.#clock.now();
    this.#advance(now);
    this.#proceed(now);
  }

  /** Lets happen what was to happen until now, in order, each at its own time. */
  #advance(nowMs: number): void {
    if (this.#isStepping) return;
    for (let dueMs = this.#nextDue(); dueMs <= nowMs; dueMs = this.#nextDue()) this.#step(dueMs);
  }

  #step(atMs: number): void {
    this.#isStepping = true;
    try {
      if (this.#prefill.endMs <= atMs) this.#prefill.end();
      for (let i = 0; i < this.#running.length; i++) {
        const sequence = this.#running[i]!;
        if (sequence.phase === 'timed' && sequence.dueMs <= atMs) this.#generate(sequence, atMs);
      }
    } finally {
      this.#isStepping = false;
    }
    if (this.#running.length > this.#active) this.#running = this.#running.filter(isActive);
    this.#admit(atMs);
    this.#beginPrefill(atMs);
  }

  /** After a change from outside. */
  #proceed(nowMs: number): void {
    if (this.#isStepping || this.#isClosed) return;
    if (this.#running.length > this.#active) this.#running = this.#running.filter(isActive);
    this.#admit(nowMs);
    this.#beginPrefill(nowMs);
    this.#arm(nowMs);
  }

  #arm(nowMs: number): void {
    const dueMs = this.#nextDue();
    // A timer that fires too early does no harm: it arms the next one.
    if (dueMs >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = dueMs;
    this.#cancelTimer = this.#clock.schedule(Math.max(0, dueMs - nowMs), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#cancelTimer = undefined;
      const now = this.#clock.now();
      this.#advance(now);
      if (!this.#isClosed) this.#arm(now);
    });
  }

  #nextDue(): number {
    let dueMs = this.#prefill.endMs;
    for (const sequence of this.#running) {
      if (sequence.phase === 'timed' && sequence.dueMs < dueMs) dueMs = sequence.dueMs;
    }
    return dueMs;
  }

  #generate(sequence: SequenceState, atMs: number): void {
    const { listener, outputTokens } = sequence.request;
    if (sequence.generated < outputTokens) {
      sequence.generated++;
      listener.token(sequence.generated - 1, atMs);
      // The listener may have cancelled it.
      if (sequence.phase !== 'timed') return;
    }
    if (sequence.generated >= outputTokens) {
      this.#leave(sequence, 'ended');
      listener.ended('finished', atMs);
      return;
    }
    this.#grow(sequence);
    if (sequence.phase !== 'timed') return;
    const delayMs = interTokenMs(this.#speed, this.#load(), this.#random) * sequence.slowdown;
    sequence.dueMs = atMs + delayMs;
  }

  /** Gets the block for the token just generated, from sequences admitted later if need be. */
  #grow(sequence: SequenceState): void {
    if (!this.#pool || this.#blocksFor(sequence) <= sequence.blocks.length) return;
    for (;;) {
      const block = this.#pool.takeOne();
      if (block !== undefined) {
        sequence.blocks.push(block);
        return;
      }
      // Alone with all blocks: it goes on, and what does not fit is not kept.
      if (this.#active === 1) return;
      const victim = this.#running.findLast(isActive)!;
      this.#preempt(victim);
      if (victim === sequence) return;
    }
  }

  #preempt(sequence: SequenceState): void {
    this.#leave(sequence, 'waiting');
    this.#waiting.unshift(sequence);
    this.#preemptions++;
  }

  #leave(sequence: SequenceState, phase: 'waiting' | 'ended'): void {
    if (isActive(sequence)) this.#active--;
    this.#pool?.release(sequence.blocks, sequence.computedBlocks(this.#blockSize));
    sequence.blocks = [];
    sequence.dueMs = Number.POSITIVE_INFINITY;
    sequence.phase = phase;
  }

  #admit(nowMs: number): void {
    while (this.#active < this.#options.maxNumSeqs) {
      const index = this.#nextToAdmit();
      if (index === -1) return;
      const sequence = this.#waiting[index]!;
      if (!this.#takeBlocks(sequence)) return;
      this.#waiting.splice(index, 1);
      this.#start(sequence, nowMs);
    }
  }

  /** The first one whose adapter runs already or finds a place. */
  #nextToAdmit(): number {
    if (this.#waiting.length === 0) return -1;
    if (this.#waiting[0]!.request.adapter === undefined) return 0;
    const adapters = adaptersOf(this.#running.filter(isActive));
    const hasPlace = adapters.size < this.#options.maxLoras;
    return this.#waiting.findIndex(
      ({ request: { adapter } }) => adapter === undefined || hasPlace || adapters.has(adapter),
    );
  }

  #takeBlocks(sequence: SequenceState): boolean {
    sequence.cachedTokens = 0;
    if (!this.#pool) return true;
    const grant = this.#pool.take(
      sequence.hashes(this.#blockSize),
      // One that has outgrown the cache gets what there is.
      Math.min(this.#blocksFor(sequence), this.#pool.size),
    );
    if (!grant) return false;
    sequence.blocks = [...grant.blocks];
    sequence.cachedTokens = grant.cached * this.#blockSize;
    return true;
  }

  #start(sequence: SequenceState, nowMs: number): void {
    const { prompt, listener, cacheHitThreshold } = sequence.request;
    const isFirst = sequence.admissions++ === 0;
    sequence.generatedBefore = sequence.generated;
    sequence.prefilled = 0;
    sequence.prefillTokens = sequence.contextTokens - sequence.cachedTokens;
    if (isFirst) {
      this.#prefixQueries += prompt.length;
      this.#prefixHits += sequence.cachedTokens;
      if (cacheHitThreshold !== undefined && sequence.cachedTokens < cacheHitThreshold * prompt.length) {
        // As in the reference simulator, a refused prompt is in the cache afterwards.
        sequence.prefilled = sequence.prefillTokens;
        this.#leave(sequence, 'ended');
        listener.ended('cache-threshold', nowMs);
        return;
      }
    }
    sequence.phase = 'prefill';
    this.#active++;
    this.#running.push(sequence);
    this.#time(sequence, isFirst, nowMs);
    if (isFirst) listener.started(sequence.cachedTokens, nowMs, nowMs - sequence.submittedMs);
  }

  /** Decides when its first token comes, unless that depends on the prompts of others. */
  #time(sequence: SequenceState, isFirst: boolean, nowMs: number): void {
    const speed = this.#speed;
    const { request, slowdown } = sequence;
    if (isFirst && request.remotePrefill) {
      sequence.dueMs = nowMs + transferMs(speed, request.prompt.length, this.#random) * slowdown;
      sequence.phase = 'timed';
    } else if (hasConstantFirstToken(speed)) {
      sequence.dueMs = nowMs + constantFirstTokenMs(speed, this.#load(), this.#random) * slowdown;
      sequence.phase = 'timed';
    } else {
      sequence.jitter = prefillJitter(speed, sequence.prefillTokens, this.#load(), this.#random);
    }
  }

  #beginPrefill(nowMs: number): void {
    if (!this.#prefill.isIdle) return;
    const { maxNumBatchedTokens, maxNumSeqs } = this.#options;
    this.#prefill.begin(this.#running, this.#active, maxNumBatchedTokens, maxNumSeqs, this.#speed, nowMs);
  }

  #load(): number {
    return loadFactor(this.#speed.timeFactorUnderLoad, this.#active, this.#options.maxNumSeqs);
  }

  #blocksFor(sequence: SequenceState): number {
    return Math.ceil(sequence.contextTokens / this.#blockSize);
  }

  #generating(): number {
    let count = 0;
    for (const sequence of this.#running) if (sequence.phase === 'timed') count++;
    return count;
  }
}

function adaptersOf(sequences: readonly SequenceState[]): Set<string> {
  const adapters = new Set<string>();
  for (const { request } of sequences) if (request.adapter !== undefined) adapters.add(request.adapter);
  return adapters;
}

function isActive(sequence: SequenceState): boolean {
  return sequence.phase === 'prefill' || sequence.phase === 'timed';
}
