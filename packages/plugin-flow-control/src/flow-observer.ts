import type { AdmissionOutcome } from './outcome.ts';
import type { Saturation } from './pool-saturation.ts';
import type { RequestFacts } from './queue/waiting-request.ts';

/** Who is told what happens to requests. */
export interface FlowObserver {
  /** A request begins to wait. */
  enqueued(facts: RequestFacts): void;
  /** It does not wait any more. */
  dequeued(facts: RequestFacts): void;
  /** What became of a request. */
  settled(facts: RequestFacts, outcome: AdmissionOutcome, waitedMs: number): void;
  /** How full the pool was found. */
  saturated(saturation: Saturation): void;
  /** How long it took to look at the pool and, maybe, let somebody in. */
  dispatched(tookMs: number): void;
}
