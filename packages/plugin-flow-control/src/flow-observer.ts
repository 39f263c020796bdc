import type { InferenceRequest } from '@pointsman/core';
import type { AdmissionOutcome } from './outcome.ts';
import type { Saturation } from './pool-saturation.ts';
import type { RequestFacts } from './queue/waiting-request.ts';

/** Who is told what happens to requests. */
export interface FlowObserver {
  /** Labels of a request, kept to a limited number of values. */
  labelsOf(request: InferenceRequest, fairnessId: string): Readonly<Record<string, string>>;
  /** A request begins to wait, after as long as it took to find it a place to wait in. */
  enqueued(facts: RequestFacts, tookMs: number): void;
  /** It does not wait any more. */
  dequeued(facts: RequestFacts): void;
  /** What waits in a band, or in all of them, has changed. */
  filled(band: Filling, all: Filling): void;
  /** What became of a request. */
  settled(facts: RequestFacts, outcome: AdmissionOutcome, waitedMs: number): void;
  /** How full the pool was found. */
  saturated(saturation: Saturation): void;
  /** How long it took to look at the pool and, maybe, let somebody in. */
  dispatched(tookMs: number): void;
  /** A request that ran was given up for one of this priority, after as long as it took to stop it. */
  evicted(demand: number, tookMs: number): void;
  /** How long requests of a program wait on average, and how alike that is over all programs; 1 is the same for all. */
  programWaited(id: string, averageMs: number, fairness: number): void;
  /** How many tokens a program has got, those of old counting less. */
  programServed(id: string, tokens: number): void;
  /** By how much the pool is to become less full, and how much of that is not seen yet. */
  reclaiming(target: number, pending: number): void;
}

/** What waits, and how much of it may. */
export interface Filling {
  /** Of a band. */
  readonly priority?: number;
  readonly requests: number;
  readonly bytes: number;
  /** 0 for no limit. */
  readonly limits: { readonly maxRequests: number; readonly maxBytes: number };
}
